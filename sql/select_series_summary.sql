SELECT
    count(*) AS incoming,
    count(DISTINCT series) AS distinct_series,
    count(*) FILTER (WHERE NOT is_new) AS known,
    count(*) FILTER (WHERE seens NOT IN (0, points) OR (steps <> points AND points > 1)) AS uneven,
    coalesce(sum(points), 0) AS points
FROM series_numbers
