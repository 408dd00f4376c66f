-- Values that the log itself replaced later, each once, in the order of the log; those that no version holds yet are `unknown`.
CREATE OR REPLACE TEMP TABLE replaced_cells AS
WITH once AS (
    SELECT DISTINCT ON (series, by_step, place, value) *
    FROM cells_numbered
    ORDER BY series, by_step, place, value, lawbook_file, lawbook_row
),

known AS (
    SELECT series, step IS NOT NULL AS by_step, coalesce(step, data_seen, -1) AS place, value, version
    FROM all_points
    WHERE series IN (SELECT series FROM series_numbers WHERE NOT is_new)
),

latest AS (
    SELECT series, by_step, place, max(version) AS version
    FROM known
    GROUP BY ALL
)

SELECT
    once.*,
    known.series IS NULL AS unknown,
    coalesce(latest.version, 0) + count(*) FILTER (WHERE known.series IS NULL) OVER (
        PARTITION BY once.series, once.by_step, once.place ORDER BY once.lawbook_file, once.lawbook_row
        ROWS UNBOUNDED PRECEDING
    ) AS version
FROM once
LEFT JOIN (SELECT DISTINCT series, by_step, place, value FROM known) AS known USING (series, by_step, place, value)
LEFT JOIN latest ON latest.series = once.series AND latest.by_step = once.by_step AND latest.place = once.place
