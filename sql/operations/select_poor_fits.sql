SELECT concat_ws(' ', study, cohort, law, 'is', grade || ':', note, 'Fix:', nullif(fix, '')) AS message
FROM plan_notes
WHERE law <> '' AND plan = ''
ORDER BY message
