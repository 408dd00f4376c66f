-- The laws that read a column.
SELECT law
FROM laws
WHERE list_contains(needs, $name)
