-- `uneven`: series without a step or with data in some of their rows only, broken ones, and ones whose steps do not rise strictly.
SELECT
    count(*) FILTER (WHERE NOT is_new) AS known,
    count(*) - count(DISTINCT series) + count(*) FILTER (
        WHERE seens NOT IN (0, points) OR (steps <> points AND points > 1) OR stretches <> 1 OR faults > 0
    ) AS uneven
FROM series_numbers
