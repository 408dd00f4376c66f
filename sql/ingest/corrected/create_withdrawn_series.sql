-- The series all of whose files are read again: what a file that is gone has said stays.
CREATE OR REPLACE TEMP TABLE withdrawn_series AS
SELECT series
FROM file_series
GROUP BY series
HAVING bool_and(list_contains($sources, source_uri))
