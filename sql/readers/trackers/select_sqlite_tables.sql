-- The plain tables of an SQLite file; views and virtual tables, which could compute, are left out.
SELECT name
FROM sqlite_master
WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'
