-- What will a run reach that nobody has done: 3 billion parameters on 60 billion tokens, by the law itself in SQL?
-- The law alone, also where it is one of those that a study combines; predict(study, ...) answers for what the plan stands on.
-- Arguments stand in the order of laws.signature: scalar macros take no names before DuckDB 1.4.
SELECT
    study, cohort, grade,
    chinchilla(3e9, 60e9, parameters['E'], parameters['A'], parameters['B'], parameters['alpha'], parameters['beta']) AS loss
FROM current_parameters
WHERE law = 'chinchilla' AND (selected OR fit_id IN (SELECT fit_id FROM fit_weights WHERE weight > 0))
ORDER BY study, cohort
