-- What does the selected law predict at the runs that the study names?
SELECT study, cohort, law, given, pools, weights, metric, value, value_low, value_high, message
FROM best_response
ORDER BY study, cohort, law
