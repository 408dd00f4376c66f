SELECT (lawbook_file, lawbook_row) FROM conflict_rows
