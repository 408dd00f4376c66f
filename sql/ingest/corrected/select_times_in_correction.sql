SELECT source_uri, min(said_at) FROM corrections GROUP BY source_uri
