-- Every run counts as changed where the file is written as a whole.
CREATE OR REPLACE TEMP TABLE changed_runs AS
SELECT DISTINCT run_key FROM pub.series
