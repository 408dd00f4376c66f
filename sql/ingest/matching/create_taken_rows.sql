CREATE OR REPLACE TEMP TABLE taken_rows (lawbook_file INTEGER, lawbook_row BIGINT)
