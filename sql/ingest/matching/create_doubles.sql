CREATE OR REPLACE TEMP TABLE doubles AS
SELECT series, by_step, place, min(value) <> max(value) AS conflicting, min(lawbook_file) <> max(lawbook_file) AS across_files
FROM cells_in
GROUP BY ALL
HAVING count(*) > 1
