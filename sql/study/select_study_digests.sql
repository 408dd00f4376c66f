-- Two digests of each of some studies: of its finished runs, which decide a refit, and of the others, which get forecasts.
-- The studies read the same metric, split, task and tags; {{choices}} is a list with the number of each study that selects the run.
-- $others: whether they read other metrics of these runs too.
-- One pass over the runs for all of them: a pass for each takes seconds where there are hundreds.
WITH hashes AS (
    SELECT
        r.*,
        coalesce(r.status = 'finished', false) AS finished,
        hash(r.run_hash, {{tags}} m.metric, m.split, m.task, m.value_hash) AS h
    FROM run_hashes AS r
    LEFT JOIN measurement_hashes AS m
        ON
            m.run_key = r.run_key
            AND ($others OR (m.metric = $metric AND ($split IS NULL OR m.split = $split) AND ($task IS NULL OR m.task = $task)))
),

selected AS (
    SELECT
        finished,
        h,
        unnest(list_filter([{{choices}}], lambda choice: choice IS NOT NULL)) AS study
    FROM hashes
)

SELECT
    study,
    md5(concat_ws('|', count(*) FILTER (WHERE finished), bit_xor(h) FILTER (WHERE finished), sum(h) FILTER (WHERE finished))) AS fitted,
    md5(
        concat_ws('|', count(*) FILTER (WHERE NOT finished), bit_xor(h) FILTER (WHERE NOT finished), sum(h) FILTER (WHERE NOT finished))
    ) AS awaited
FROM selected
GROUP BY study
