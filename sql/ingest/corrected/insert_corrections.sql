INSERT INTO corrections BY NAME
SELECT DISTINCT ways.source_uri, claims.run_key, ways.said_at
FROM file_ways AS ways
LEFT JOIN run_claims AS claims USING (source_uri)
WHERE list_contains($sources, ways.source_uri)
    AND ways.source_uri NOT IN (SELECT source_uri FROM corrections)
