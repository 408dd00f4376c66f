SELECT study, question, metric, split, task, refitted_at, stale_since, failure
FROM studies
ORDER BY study
