CREATE OR REPLACE TEMP TABLE refused_lines (lawbook_file INTEGER, lawbook_row BIGINT, reason VARCHAR, detail VARCHAR, raw VARCHAR)
