SELECT *, 0 AS lawbook_row FROM series_numbers
