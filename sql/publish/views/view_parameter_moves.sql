-- How each parameter moved from one usable fit to the next, with the new runs between them, their compute, and the one that moved most.
CREATE OR REPLACE VIEW parameter_moves AS
WITH ordered AS (
    SELECT
        *,
        lag(fit_id) OVER (PARTITION BY study, cohort, law ORDER BY fitted_at) AS before_fit_id
    FROM fits
    WHERE grade <> 'refused'
),

arrived AS (
    SELECT
        o.fit_id,
        u.run_key,
        TRY_CAST(json_extract_string(o.certificate, '$.influence."' || u.run_key || '"') AS DOUBLE) AS influence
    FROM ordered AS o
    INNER JOIN fit_runs AS u ON u.fit_id = o.fit_id AND u.used
    ANTI JOIN (SELECT fit_id, run_key FROM fit_runs WHERE used) AS known ON known.fit_id = o.before_fit_id AND known.run_key = u.run_key
    WHERE o.before_fit_id IS NOT NULL
),

new AS (
    SELECT
        a.fit_id,
        count(*) AS new_runs,
        sum(r.flops ORDER BY a.run_key) AS new_flops,
        arg_max(a.run_key, a.influence) AS most_influential,
        max(a.influence) AS influence
    FROM arrived AS a
    LEFT JOIN runs AS r USING (run_key)
    GROUP BY a.fit_id
)

SELECT
    o.study,
    o.cohort,
    o.law,
    o.before_fit_id,
    o.fit_id,
    p.parameter,
    p.pool,
    b.estimate AS before,
    p.estimate,
    p.estimate - b.estimate AS moved,
    (p.estimate - b.estimate) / nullif(b.std_error, 0) AS moved_deviations,
    coalesce(new.new_runs, 0) AS new_runs,
    new.new_flops,
    new.most_influential,
    new.influence,
    o.fitted_at
FROM ordered AS o
INNER JOIN fit_parameters AS p ON p.fit_id = o.fit_id
INNER JOIN fit_parameters AS b ON b.fit_id = o.before_fit_id AND b.parameter = p.parameter AND b.pool = p.pool
LEFT JOIN new ON new.fit_id = o.fit_id
