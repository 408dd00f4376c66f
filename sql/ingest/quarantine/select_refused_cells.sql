SELECT
    lawbook_file,
    sum(len(list_filter([{{cells}}], lambda cell: cell IS NOT NULL))) AS cells
FROM {{staged}}
WHERE {{good}} AND NOT {{whole}}
GROUP BY lawbook_file
