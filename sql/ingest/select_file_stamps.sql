SELECT path, size, mtime_ns, read_as FROM file_stamps
