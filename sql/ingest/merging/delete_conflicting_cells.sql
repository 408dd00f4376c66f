DELETE FROM cells_in
USING conflict_rows
WHERE cells_in.lawbook_file = conflict_rows.lawbook_file AND cells_in.lawbook_row = conflict_rows.lawbook_row
