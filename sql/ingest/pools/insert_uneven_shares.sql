INSERT INTO conflict_rows (lawbook_file, lawbook_row, detail)
SELECT lawbook_file, lawbook_row, 'the shares of pool ' || pool || ' sum to ' || round(total, 6) || ', not to 1'
FROM (
    SELECT *, sum(share) OVER (PARTITION BY lawbook_file, pool) AS total
    FROM (SELECT DISTINCT ON (lawbook_file, pool, member) * FROM typed WHERE good AND kept)
)
ANTI JOIN conflict_rows AS known USING (lawbook_file, lawbook_row)
WHERE abs(total - 1) > 1e-3
