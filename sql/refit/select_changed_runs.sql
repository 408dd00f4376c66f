-- Runs of a study whose newest version says another size, data or origin than a finished version before it, with both and the time.
WITH compared AS (
    SELECT
        later.run_id,
        later.valid_from AS since,
        unnest([
            {'name': 'params', 'past': CAST(past.params AS VARCHAR), 'present': CAST(later.params AS VARCHAR)},
            {'name': 'data_seen', 'past': CAST(past.data_seen AS VARCHAR), 'present': CAST(later.data_seen AS VARCHAR)},
            {'name': 'data_unique', 'past': CAST(past.data_unique AS VARCHAR), 'present': CAST(later.data_unique AS VARCHAR)},
            {'name': 'pool', 'past': past.pool, 'present': later.pool},
            {'name': 'dataset', 'past': past.dataset, 'present': later.dataset},
            {'name': 'tokenizer', 'past': past.tokenizer, 'present': later.tokenizer}
        ]) AS of_column
    FROM runs_history AS later
    INNER JOIN runs_history AS past ON past.run_key = later.run_key AND past.version < later.version AND past.status = 'finished'
    WHERE later.valid_to IS NULL AND list_contains($keys, later.run_key)
    QUALIFY row_number() OVER (PARTITION BY later.run_key ORDER BY past.version DESC) = 1
)

SELECT
    run_id,
    of_column['name'] AS name,
    of_column.past,
    of_column.present,
    since
FROM compared
WHERE of_column.past <> of_column.present
ORDER BY run_id, name
