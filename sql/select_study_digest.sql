-- Two digests of a study's rows: of its finished runs, which decide a refit, and of the others, which get forecasts.
WITH hashes AS (
    SELECT
        coalesce(r.status = 'finished', false) AS finished,
        hash(r.run_hash, m.split, m.task, m.value_hash) AS h
    FROM (SELECT * FROM run_hashes WHERE {{predicate}}) AS r
    LEFT JOIN measurement_hashes AS m
        ON m.run_key = r.run_key AND m.metric = $metric AND ($split IS NULL OR m.split = $split) AND ($task IS NULL OR m.task = $task)
)

SELECT
    md5(concat_ws('|', count(*) FILTER (WHERE finished), bit_xor(h) FILTER (WHERE finished), sum(h) FILTER (WHERE finished))) AS fitted,
    md5(
        concat_ws('|', count(*) FILTER (WHERE NOT finished), bit_xor(h) FILTER (WHERE NOT finished), sum(h) FILTER (WHERE NOT finished))
    ) AS awaited
FROM hashes
