-- Runs of selected fits that are impossible, or without which a plan cell leaves its interval, in words.
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
WHERE f.selected AND f.valid_to IS NULL
ORDER BY message
