SELECT count(*), count(*) FILTER (WHERE conflicting), count(*) FILTER (WHERE conflicting AND across_files) FROM doubles
