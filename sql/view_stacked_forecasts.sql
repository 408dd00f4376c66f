-- Quantiles are averaged over laws, each with its weight; a law that nobody has scored yet weighs as its cohort's mean.
CREATE OR REPLACE VIEW stacked_forecasts AS
WITH newest AS (
    SELECT f.*
    FROM forecasts AS f
    WHERE f.kind = 'live' AND f.predicted_low IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY f.study, f.cohort, f.law, f.run_key, f.data_seen ORDER BY f.as_of DESC, f.forecast_id) = 1
),

weighted AS (
    SELECT
        newest.*,
        coalesce(law_scores.weight, avg(law_scores.weight) OVER (PARTITION BY newest.study, newest.cohort), 1) AS weight
    FROM newest
    LEFT JOIN law_scores ON law_scores.study = newest.study AND law_scores.cohort = newest.cohort AND law_scores.law = newest.law
)

SELECT
    study,
    cohort,
    run_key,
    metric,
    split,
    task,
    data_seen,
    count(*) AS laws,
    sum(weight * predicted) / sum(weight) AS predicted,
    sum(weight * predicted_low) / sum(weight) AS predicted_low,
    sum(weight * predicted_high) / sum(weight) AS predicted_high
FROM weighted
GROUP BY study, cohort, run_key, metric, split, task, data_seen
