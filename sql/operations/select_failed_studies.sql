SELECT concat('study ', study, ': ', failure, coalesce('; its plans are stale since ' || stale_since::VARCHAR || ' UTC', '')) AS message
FROM studies
WHERE failure IS NOT NULL AND ($study IS NULL OR study = $study)
UNION ALL
SELECT concat('study ', study, ' has no fit that can be used; see plan_notes for the runs that would fix it')
FROM studies
WHERE failure IS NULL AND ($study IS NULL OR study = $study) AND study NOT IN (SELECT study FROM fits WHERE valid_to IS NULL)
ORDER BY message
