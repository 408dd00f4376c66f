SELECT coalesce(max(state), 0) FROM archive_files
