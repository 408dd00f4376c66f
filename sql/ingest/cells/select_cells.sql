SELECT lawbook_file, lawbook_row, run_id, {{metric}} AS metric, {{split}} AS split, {{task}} AS task, {{point}}, {{value}} AS value
FROM typed
WHERE good AND kept AND {{value}} IS NOT NULL AND {{condition}}
