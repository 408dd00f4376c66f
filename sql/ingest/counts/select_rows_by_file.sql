SELECT lawbook_file, count(DISTINCT lawbook_row) FROM {{table}} GROUP BY lawbook_file
