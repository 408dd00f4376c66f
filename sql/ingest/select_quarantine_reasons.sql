SELECT reason, count(*) FROM quarantine WHERE content_hash IN (SELECT unnest($hashes)) GROUP BY reason
