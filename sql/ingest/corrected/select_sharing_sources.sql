-- Files that have values of the series of others.
SELECT DISTINCT source_uri
FROM file_series
WHERE series IN (SELECT series FROM file_series WHERE list_contains($sources, source_uri))
