-- What will a run reach that nobody has done: 3 billion parameters on 60 billion tokens, by the law itself in SQL?
SELECT
    study, cohort, grade,
    chinchilla(
        params := 3e9, data_seen := 60e9, E := parameters['E'], A := parameters['A'], B := parameters['B'],
        alpha := parameters['alpha'], beta := parameters['beta']
    ) AS loss
FROM current_parameters
WHERE selected AND law = 'chinchilla'
ORDER BY study, cohort
