MERGE INTO file_stamps
USING stamp_frame AS seen ON file_stamps.path = seen.path
WHEN MATCHED THEN UPDATE SET size = seen.size, mtime_ns = seen.mtime_ns, content_hash = seen.content_hash, read_as = seen.read_as
WHEN NOT MATCHED THEN INSERT BY NAME
