SELECT count(DISTINCT series)
FROM file_series
WHERE list_contains($sources, source_uri) AND series NOT IN (SELECT series FROM withdrawn_series)
