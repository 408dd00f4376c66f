SELECT *
FROM (
    SELECT
        lawbook_file,
        lawbook_row,
        run_id,
        unnest([{{metrics}}]) AS metric,
        unnest([{{splits}}]) AS split,
        unnest([{{tasks}}]) AS task,
        {{point}},
        unnest([{{values}}]) AS value,
        unnest(range({{many}})) AS place
    FROM typed
    WHERE good AND kept AND {{condition}}
)
WHERE value IS NOT NULL
