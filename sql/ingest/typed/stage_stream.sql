-- Read again only for the raw text of rows that are refused.
CREATE OR REPLACE TEMP VIEW staged AS
SELECT row_number() OVER () AS lawbook_row, * FROM ({{rows}})
