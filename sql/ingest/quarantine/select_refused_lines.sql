SELECT lawbook_file, count(*) FROM refused_lines GROUP BY lawbook_file
