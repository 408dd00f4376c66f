-- The laws that a current fit is of.
SELECT DISTINCT law
FROM fits
WHERE valid_to IS NULL
