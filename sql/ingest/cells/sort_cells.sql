SELECT * FROM ({{cells}})
ORDER BY place, lawbook_file, lawbook_row
