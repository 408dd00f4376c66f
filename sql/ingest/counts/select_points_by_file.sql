SELECT lawbook_file, sum(points) FROM series_in GROUP BY lawbook_file
