-- Studies that failed or whose plans stand on an older fit.
SELECT study, failure, failure_fix, stale_since
FROM studies
WHERE failure IS NOT NULL OR stale_since IS NOT NULL
ORDER BY study
