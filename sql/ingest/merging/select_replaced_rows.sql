SELECT lawbook_file, count(DISTINCT lawbook_row) AS rows FROM replaced_cells WHERE unknown GROUP BY lawbook_file
