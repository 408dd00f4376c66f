-- Each run of which a corrected file spoke, from what all files say now: the later word stands.
CREATE OR REPLACE TEMP TABLE folded_runs AS
WITH claims AS (
    SELECT *
    FROM run_claims
    WHERE run_key IN (SELECT run_key FROM corrections)
),

stated AS (
    SELECT
        run_key,
        last(status ORDER BY said_at, part) AS status,
        max((said_at, part)) AS place
    FROM claims
    WHERE status IS NOT NULL
    GROUP BY run_key
)

SELECT
    claims.run_key,
    {{folded}},
    CASE
        WHEN coalesce(any_value(stated.status), 'running') <> 'running' THEN any_value(stated.status)
        WHEN coalesce(bool_or(claims.of_runs AND (stated.place IS NULL OR (claims.said_at, claims.part) > stated.place)), false)
            THEN 'finished'
        ELSE 'running'
    END AS status,
    list_reduce(list(claims.tags ORDER BY claims.said_at, claims.part), lambda known, said: map_concat(known, said)) AS tags,
    last(claims.source_uri ORDER BY claims.said_at, claims.part) AS source_uri,
    last(claims.source_format ORDER BY claims.said_at, claims.part) AS source_format,
    last(claims.content_hash ORDER BY claims.said_at, claims.part) AS content_hash
FROM claims
LEFT JOIN stated USING (run_key)
GROUP BY claims.run_key
