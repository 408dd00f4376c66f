-- The parts that hold a changed run. A run lies in the part of its first series.
SELECT DISTINCT min(series) // $width AS part
FROM pub.series
WHERE run_key IN (SELECT run_key FROM changed_runs)
GROUP BY run_key
ORDER BY part
