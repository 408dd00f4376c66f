-- Which share of the data should a run keep, of which end, and how sure is that?
SELECT study, cohort, approach, data_seen, keep, keep_fraction, value, value_low, value_high, rank, probability_best
FROM best_pruning
WHERE rank <= 3
ORDER BY study, cohort, data_seen, rank
