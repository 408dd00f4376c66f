-- The columns of one table of an SQLite file.
SELECT name
FROM pragma_table_info(:name)
