-- The older state of each version that has been replaced since.
DELETE FROM pub.points
USING changed_points AS newer
WHERE newer.valid_from <= $moment
    AND points.series = newer.series
    AND points.version = newer.version
    AND points.step IS NOT DISTINCT FROM newer.step
    AND (points.step IS NOT NULL OR points.data_seen IS NOT DISTINCT FROM newer.data_seen)
