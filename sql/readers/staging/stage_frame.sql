CREATE OR REPLACE TEMP TABLE staged_frame AS
SELECT * FROM reader_frame
