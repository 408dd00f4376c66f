UPDATE points SET valid_to = $now
FROM replaced_cells AS replaced
WHERE points.valid_to IS NULL
    AND points.series = replaced.series
    AND (points.step IS NOT NULL) = replaced.by_step
    AND coalesce(points.step, points.data_seen, -1) = replaced.place
    AND points.value = replaced.value
