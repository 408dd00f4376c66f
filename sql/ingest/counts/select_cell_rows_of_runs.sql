SELECT lawbook_file, count(DISTINCT (lawbook_row, run_id)) FROM cells GROUP BY lawbook_file
