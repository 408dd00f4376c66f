SELECT cohort, law, plan, grade, note, fix, stale_since
FROM plan_notes
WHERE study = $study
ORDER BY cohort, law, plan
