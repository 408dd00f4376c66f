-- Steps that rise strictly within each unbroken stretch of a series, and one stretch a series: then no key occurs twice.
SELECT
    count(*) FILTER (WHERE same IS NOT TRUE) AS stretches,
    count(*) FILTER (WHERE same AND (step > last_step) IS NOT TRUE) AS faults,
    count(*) FILTER (WHERE same AND data_seen < last_data_seen) AS backwards
FROM (
    SELECT
        step,
        data_seen,
        lag(step) OVER () AS last_step,
        lag(data_seen) OVER () AS last_data_seen,
        run_id = lag(run_id) OVER ()
        AND metric = lag(metric) OVER ()
        AND split = lag(split) OVER ()
        AND task = lag(task) OVER ()
        AND lawbook_file = lag(lawbook_file) OVER () AS same
    FROM cells
)
