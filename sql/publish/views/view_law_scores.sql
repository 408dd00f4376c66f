-- Laws are compared on the runs that all of them forecast; the newest forecast of each law for each run counts.
CREATE OR REPLACE VIEW law_scores AS
WITH newest AS (
    SELECT f.study, f.cohort, f.law, f.run_key, f.kind, s.crps
    FROM forecasts AS f
    INNER JOIN forecast_scores AS s USING (forecast_id)
    WHERE s.crps IS NOT NULL AND f.kind <> 'curve'
    QUALIFY row_number() OVER (PARTITION BY f.study, f.cohort, f.law, f.run_key, f.kind ORDER BY f.as_of DESC, f.forecast_id) = 1
),

shared AS (
    SELECT *, count(*) OVER (PARTITION BY study, cohort, run_key, kind) AS laws_here
    FROM newest
),

competing AS (
    SELECT study, cohort, count(DISTINCT law) AS laws
    FROM newest
    GROUP BY study, cohort
),

scored AS (
    SELECT shared.study, shared.cohort, shared.law, count(*) AS forecasts, avg(shared.crps ORDER BY shared.run_key, shared.kind) AS forecast_score
    FROM shared
    INNER JOIN competing ON competing.study = shared.study AND competing.cohort = shared.cohort AND competing.laws = shared.laws_here
    GROUP BY shared.study, shared.cohort, shared.law
)

SELECT
    study,
    cohort,
    law,
    forecasts,
    forecast_score,
    pow(greatest(forecast_score, 1e-300), -2) / sum(pow(greatest(forecast_score, 1e-300), -2))
    OVER (PARTITION BY study, cohort ORDER BY law ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS weight
FROM scored
