CREATE OR REPLACE TEMP TABLE staged_raw AS
SELECT *, {{columns}}
FROM staged_raw
