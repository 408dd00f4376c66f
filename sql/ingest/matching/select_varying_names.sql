-- Which of the names of a series differ between the incoming ones: the others need no comparison.
SELECT
    count(DISTINCT lawbook_file) > 1 AS lawbook_file,
    count(DISTINCT metric) > 1 AS metric,
    count(DISTINCT split) > 1 AS split,
    count(DISTINCT task) > 1 AS task
FROM series_numbers
