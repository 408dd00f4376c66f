SELECT lawbook_file, count(*) FROM changed_cells GROUP BY lawbook_file
