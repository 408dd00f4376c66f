-- Values that held until a correction ended them, and that nothing says any longer.
SELECT count(*)
FROM all_points AS old
ANTI JOIN (SELECT * FROM all_points WHERE valid_to IS NULL) AS known
    ON known.series = old.series
    AND known.step IS NOT DISTINCT FROM old.step
    AND known.data_seen IS NOT DISTINCT FROM old.data_seen
    AND known.value = old.value
WHERE list_contains($moments, old.valid_to)
