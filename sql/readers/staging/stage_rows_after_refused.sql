-- A row's number counts the refused lines before it: refused line j (of row r) has r - j good rows before it.
CREATE OR REPLACE TEMP TABLE staged_shifted AS
SELECT raw.place + coalesce(refused.place, 0) AS lawbook_row, raw.* EXCLUDE (place)
FROM (
    SELECT staged_raw.rowid - first.first_row + 1 AS place, staged_raw.*
    FROM staged_raw
    JOIN staged_first AS first USING (lawbook_file)
) AS raw
ASOF LEFT JOIN (
    SELECT lawbook_file, lawbook_row - place AS good_before, max(place) AS place
    FROM (SELECT *, row_number() OVER (PARTITION BY lawbook_file ORDER BY lawbook_row) AS place FROM refused_lines)
    GROUP BY lawbook_file, lawbook_row - place
) AS refused
    ON raw.lawbook_file = refused.lawbook_file AND raw.place > refused.good_before
