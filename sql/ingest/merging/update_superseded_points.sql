UPDATE points SET valid_to = $now
FROM changed_cells AS changed
WHERE points.valid_to IS NULL
    AND changed.version > 1
    AND points.series = changed.series
    AND (points.step IS NOT NULL) = changed.by_step
    AND coalesce(points.step, points.data_seen, -1) = changed.place
