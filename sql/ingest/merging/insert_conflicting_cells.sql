INSERT INTO conflict_rows (lawbook_file, lawbook_row, detail, placeless)
WITH contradictions AS (
    SELECT
        series,
        by_step,
        place,
        CASE WHEN by_step THEN 'step ' || CAST(place AS BIGINT) WHEN place < 0 THEN 'no step' ELSE 'data_seen ' || place END AS at,
        NOT by_step AND place < 0 AS placeless,
        array_to_string(list(DISTINCT cells_in.value ORDER BY cells_in.value)[:4], ', ') AS several
    FROM cells_in
    JOIN doubles USING (series, by_step, place)
    WHERE doubles.conflicting
    GROUP BY series, by_step, place
),

named AS (
    SELECT
        series,
        any_value(run_id) AS run_id,
        any_value(concat_ws(' ', metric, nullif(split, ''), nullif(task, ''))) AS metric
    FROM series_numbers
    GROUP BY series
)

SELECT
    cells_in.lawbook_file,
    cells_in.lawbook_row,
    'the file holds several values of ' || min(named.metric || ' for run ' || named.run_id || ' at ' || contradictions.at || ': ' || several),
    bool_or(contradictions.placeless)
FROM cells_in
JOIN contradictions USING (series, by_step, place)
JOIN named USING (series)
GROUP BY cells_in.lawbook_file, cells_in.lawbook_row
