SELECT path FROM archive_files ORDER BY path
