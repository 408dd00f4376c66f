-- What will a run reach that nobody has done: 3 billion parameters on 60 billion tokens, by the law itself in SQL?
-- Arguments stand in the order of laws.signature: scalar macros take no names before DuckDB 1.4.
SELECT
    study, cohort, grade,
    chinchilla(3e9, 60e9, parameters['E'], parameters['A'], parameters['B'], parameters['alpha'], parameters['beta']) AS loss
FROM current_parameters
WHERE selected AND law = 'chinchilla'
ORDER BY study, cohort
