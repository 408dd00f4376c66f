-- A place that can be read again, or is gone, is told no longer.
DELETE FROM {{table}}
WHERE content_hash IN (SELECT unnest($places))
