SELECT run_key, namespace || '/' || run_id AS name FROM runs WHERE $name IN (run_key, run_id, namespace || '/' || run_id) ORDER BY name
