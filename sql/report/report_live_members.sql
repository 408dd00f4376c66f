-- The laws that a selected fit is made of, heaviest first, with their weights and their pools: a combination's rivals, or itself.
-- None where one of the rivals is a chain: the page has no control for its link.
SELECT c.law, c.fit_id, 1.0 AS weight, c.pools
FROM current_parameters AS c
WHERE c.fit_id = $fit
UNION ALL
SELECT w.law, w.fit_id, w.weight, c.pools
FROM fits AS s
INNER JOIN fit_weights AS w ON w.study = s.study AND w.cohort = s.cohort
INNER JOIN current_parameters AS c ON c.fit_id = w.fit_id
WHERE s.fit_id = $fit AND s.law = 'combined' AND w.weight > 0
    AND NOT EXISTS (SELECT 1 FROM fits AS c WHERE c.study = s.study AND c.cohort = s.cohort AND c.law = 'chained' AND c.valid_to IS NULL)
ORDER BY weight DESC, law
