-- The series in some of the rows, and whether each stands together with steps that rise strictly: a stretch begins where
-- the row before is of another series. The row before the first is read for comparison only.
SELECT
    lawbook_file,
    run_id,
    metric,
    split,
    task,
    count(*) AS points,
    count(step) AS steps,
    count(data_seen) AS seens,
    max(step) AS final_step,
    max(data_seen) AS final_data_seen,
    count(*) FILTER (WHERE same IS NOT TRUE) AS stretches,
    count(*) FILTER (WHERE same AND ((step > last_step) IS NOT TRUE OR data_seen < last_data_seen)) AS faults
FROM (
    SELECT
        *,
        lag(step) OVER () AS last_step,
        lag(data_seen) OVER () AS last_data_seen,
        run_id = lag(run_id) OVER ()
        AND metric = lag(metric) OVER ()
        AND split = lag(split) OVER ()
        AND task = lag(task) OVER ()
        AND lawbook_file = lag(lawbook_file) OVER () AS same
    FROM cells_in_order
    WHERE lawbook_row BETWEEN {{before}} AND {{last}}
)
WHERE lawbook_row > {{before}}
GROUP BY ALL
