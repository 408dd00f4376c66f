CREATE OR REPLACE TEMP TABLE conflict_rows (lawbook_file INTEGER, lawbook_row BIGINT, detail VARCHAR, placeless BOOLEAN DEFAULT false)
