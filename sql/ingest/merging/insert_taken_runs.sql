INSERT INTO taken_rows
SELECT lawbook_file, lawbook_row FROM merged_runs
