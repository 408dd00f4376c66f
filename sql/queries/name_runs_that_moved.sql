-- Which new run moved the fit of each law most, among how many, and which parameter went furthest?
SELECT
    m.study, m.cohort, m.law, m.fitted_at,
    coalesce(r.name, r.run_id) AS run, r.params, r.data_seen, round(m.influence, 3) AS influence,
    m.new_runs, m.new_flops,
    arg_max(m.parameter, abs(m.moved_deviations)) AS parameter,
    round(max(abs(m.moved_deviations)), 2) AS moved_deviations
FROM parameter_moves AS m
LEFT JOIN runs AS r ON r.run_key = m.most_influential
WHERE m.new_runs > 0
GROUP BY ALL
ORDER BY m.study, m.cohort, m.fitted_at DESC, m.law
