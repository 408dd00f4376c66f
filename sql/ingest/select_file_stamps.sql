SELECT path, size, mtime_ns, read_as, content_hash FROM file_stamps
