-- Of each series of fractions the least and the largest value up to 1, and beyond it as a percentage is.
CREATE OR REPLACE TEMP TABLE unit_series AS
SELECT
    lawbook_file,
    run_id,
    entry.metric AS metric,
    entry.split AS split,
    entry.task AS task,
    min(entry.value) FILTER (WHERE entry.value <= 1.000001) AS least,
    max(entry.value) FILTER (WHERE entry.value <= 1.000001) AS most,
    min(entry.value) FILTER (WHERE entry.value > 1.000001) AS least_above,
    max(entry.value) FILTER (WHERE entry.value > 1.000001) AS most_above
FROM (SELECT lawbook_file, {{run_id}} AS run_id, unnest([{{values}}]) AS entry FROM {{staged}})
WHERE entry.metric IN ({{metrics}}) AND entry.value >= 0 AND entry.value <= 100 AND run_id IS NOT NULL
GROUP BY ALL
