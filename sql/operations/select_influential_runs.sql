-- Runs of the fits that plans stand on (the selected ones, and the laws that a selected combination weighs) that are impossible, or without which a plan cell leaves its interval, in words.
SELECT
    concat_ws(
        ' ', i.study || ':', 'run', coalesce(i.run_id, i.run_key),
        CASE WHEN i.impossible THEN format('lies {:.1f} deviations off {}', abs(i.deviations), i.law) END,
        CASE WHEN i.impossible AND i.moves > 1 THEN 'and' END,
        CASE WHEN i.moves > 1 THEN format('moves {} by {:.1f} times its interval', i.plan, i.moves) END,
        CASE WHEN i.suspected_cause <> '' THEN '(' || i.suspected_cause || ')' END
    ) AS message
FROM influential_runs AS i
JOIN fits AS f USING (fit_id)
WHERE f.valid_to IS NULL AND (f.selected OR f.fit_id IN (SELECT fit_id FROM fit_weights WHERE weight > 0))
ORDER BY message
