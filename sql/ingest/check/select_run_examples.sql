SELECT
    run_id,
    namespace,
    status,
    params,
    data_seen,
    data_unique,
    epochs,
    flops,
    pool
FROM runs
ORDER BY namespace, run_id
LIMIT $examples
