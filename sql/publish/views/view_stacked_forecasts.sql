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
        coalesce(law_scores.weight, avg(law_scores.weight) OVER cohort, 1) AS weight
    FROM newest
    LEFT JOIN law_scores ON law_scores.study = newest.study AND law_scores.cohort = newest.cohort AND law_scores.law = newest.law
    WINDOW cohort AS (
        PARTITION BY newest.study, newest.cohort ORDER BY newest.law, newest.forecast_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
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
    sum(weight * predicted ORDER BY law) / sum(weight ORDER BY law) AS predicted,
    sum(weight * predicted_low ORDER BY law) / sum(weight ORDER BY law) AS predicted_low,
    sum(weight * predicted_high ORDER BY law) / sum(weight ORDER BY law) AS predicted_high
FROM weighted
GROUP BY study, cohort, run_key, metric, split, task, data_seen
