-- One hash a run over everything that a study reads of it, its pools and its last step included; what changes at each ingest is left out.
CREATE OR REPLACE TEMP TABLE run_hashes AS
WITH pool_hashes AS (
    SELECT
        coalesce(p.pool, m.pool) AS pool,
        coalesce(bit_xor(DISTINCT hash(p.dataset, p.data_unique, p.quality_rank)), 0) AS own,
        coalesce(
            bit_xor(DISTINCT hash(m.member, m.share, m.data_unique, atomic.dataset, atomic.data_unique, atomic.quality_rank)), 0
        ) AS parts
    FROM pools AS p
    FULL JOIN pool_members AS m ON m.pool = p.pool
    LEFT JOIN pools AS atomic ON atomic.pool = m.member
    GROUP BY coalesce(p.pool, m.pool)
),

hashed AS (
    SELECT
        run_key,
        hash(*COLUMNS(* EXCLUDE (name, tags, source_uri, source_format, content_hash, version, ingested_at))) AS row_hash
    FROM runs
)

SELECT
    r.*,
    hash(hashed.row_hash, pool_hashes.own, pool_hashes.parts, CASE WHEN r.status IN ('finished', 'failed') THEN ends.step END) AS run_hash
FROM told_runs AS r
INNER JOIN hashed USING (run_key)
LEFT JOIN pool_hashes USING (pool)
LEFT JOIN (SELECT run_key, max(final_step) AS step FROM series GROUP BY run_key) AS ends USING (run_key)
