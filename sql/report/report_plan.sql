SELECT *
FROM {{table}}
WHERE study = $study AND selected
