INSERT INTO ingest_log BY NAME
SELECT * FROM log_frame
