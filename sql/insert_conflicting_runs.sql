INSERT INTO conflict_rows
SELECT typed.lawbook_file, typed.lawbook_row, 'the file gives the run ' || typed.run_id || ' several values of ' || runs_in.conflicting
FROM typed
JOIN batch_files AS files USING (lawbook_file)
JOIN runs_in ON runs_in.run_key = left(md5(files.namespace || chr(31) || typed.run_id), 16)
WHERE typed.good AND typed.kept AND runs_in.conflicting IS NOT NULL
