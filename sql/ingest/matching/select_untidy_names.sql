SELECT EXISTS(
    FROM series_in
    WHERE run_id <> trim(run_id)
        OR metric <> trim(metric)
        OR split <> trim(split)
        OR task <> trim(task)
        OR (metric <> lower(metric) AND lower(metric) IN ({{metrics}}))
)
