-- Studies that were fitted and have no fit that can be used, with the reason and the fix of one of their laws.
SELECT s.study, string_agg(concat(n.law, ' is ', n.grade, ': ', n.note), '; ' ORDER BY n.law) AS reasons, max(nullif(n.fix, '')) AS fix
FROM studies AS s
JOIN plan_notes AS n ON n.study = s.study AND n.law <> '' AND n.plan = ''
WHERE s.failure IS NULL AND s.study NOT IN (SELECT study FROM fits WHERE valid_to IS NULL)
GROUP BY s.study
ORDER BY s.study
