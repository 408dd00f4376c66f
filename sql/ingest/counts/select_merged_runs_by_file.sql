SELECT lawbook_file, count(*) FROM merged_runs GROUP BY lawbook_file
