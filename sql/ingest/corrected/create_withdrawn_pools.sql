-- The pools, or members of pools, of which a corrected file has spoken.
CREATE OR REPLACE TEMP TABLE withdrawn_pools AS
SELECT DISTINCT {{key}}
FROM pool_claims
WHERE kind = '{{kind}}' AND list_contains($sources, source_uri)
