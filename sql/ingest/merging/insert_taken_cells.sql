INSERT INTO taken_rows
SELECT DISTINCT lawbook_file, lawbook_row FROM changed_cells
