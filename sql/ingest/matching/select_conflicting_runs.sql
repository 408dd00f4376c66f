SELECT count(*), count(*) FILTER (WHERE across_files) FROM runs_in WHERE conflicting IS NOT NULL
