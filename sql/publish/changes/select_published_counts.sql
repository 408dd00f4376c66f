-- How many values and versions of values the file holds: what select_log_state says of the store.
SELECT count(*) FILTER (WHERE valid_to IS NULL) AS measurements, count(*) AS point_versions FROM pub.points
