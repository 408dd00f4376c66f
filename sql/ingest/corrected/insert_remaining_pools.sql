-- What other files say of them, the newest word of each.
INSERT INTO {{table}} BY NAME
SELECT DISTINCT ON ({{key}}) {{columns}}
FROM pool_claims AS known
JOIN withdrawn_pools AS gone ON {{same}}
WHERE known.kind = '{{kind}}' AND NOT list_contains($sources, known.source_uri)
ORDER BY {{key}}, known.said_at DESC
