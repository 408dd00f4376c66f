-- The observations of one study: a row for each measured point of each run that its predicate selects, whatever the run's status.
-- A run without a value stays in with a NULL; `reason` says why a row is not fitted.
WITH told AS (
    SELECT
        run_key,
        coalesce({{finished}}, false) AS ended,
        coalesce({{exclude}}, false) AS left_out,
        coalesce({{held_out}}, false) AS kept_back
    FROM told_runs WHERE {{predicate}}
),

chosen AS (
    SELECT
        runs.* REPLACE (CASE WHEN runs.status = 'running' AND told.ended THEN 'finished' ELSE runs.status END AS status),
        told.left_out,
        told.kept_back
    FROM runs
    INNER JOIN told USING (run_key)
),

ends AS (
    SELECT run_key AS of_run, metric AS of_metric, split AS of_split, task AS of_task, final_data_seen, final_step
    FROM series
    WHERE metric = $metric
),

refused AS (  -- the last place of each series at which a value was refused
    SELECT
        run_key,
        split,
        task,
        max(step) AS step,
        max(data_seen) AS data_seen,
        max(step) FILTER (WHERE reason IN ('not_a_number', 'infinite')) AS broken_step,
        max(data_seen) FILTER (WHERE reason IN ('not_a_number', 'infinite')) AS broken_data_seen,
        bool_or(reason IN ('not_a_number', 'infinite')) AS broken
    FROM unusable_points
    WHERE metric = $metric
    GROUP BY run_key, split, task
),

last_steps AS (  -- the last step of each finished run in any of its series: where its data end
    SELECT run_key, max(step) AS last_step
    FROM (
        SELECT run_key, final_step AS step FROM series
        UNION ALL
        SELECT run_key, step FROM unusable_points
    )
    WHERE run_key IN (SELECT run_key FROM chosen WHERE status IN ('finished', 'failed'))
    GROUP BY run_key
),

placed AS (  -- a value that says its step alone has seen that share of its run's data, but where its series counts epochs
    SELECT
        m.* REPLACE (
            coalesce(
                m.data_seen,
                CASE
                    WHEN ends.final_step < last_steps.last_step AND ends.final_step IS DISTINCT FROM chosen.epochs
                        THEN chosen.data_seen * nullif(m.step, 0) / last_steps.last_step
                    WHEN m.step < ends.final_step AND last_steps.last_step IS NOT NULL
                        THEN chosen.data_seen * nullif(m.step, 0) / ends.final_step
                END
            ) AS data_seen,
            coalesce(
                chosen.status = 'finished'
                AND m.data_seen IS NOT DISTINCT FROM ends.final_data_seen AND m.step IS NOT DISTINCT FROM ends.final_step,
                false
            ) AS final
        ),
        coalesce(m.data_seen IS NULL AND m.step = 0 AND ends.final_step > 0 AND last_steps.last_step > 0, false) AS at_start,
        CASE
            WHEN ends.final_step IS NULL THEN chosen.data_seen - m.data_seen
            WHEN ends.final_step IS DISTINCT FROM chosen.epochs THEN last_steps.last_step - ends.final_step
        END AS gap
    FROM measurements AS m
    INNER JOIN chosen USING (run_key)
    INNER JOIN ends
        ON ends.of_run = m.run_key AND ends.of_metric = m.metric AND ends.of_split = m.split AND ends.of_task = m.task
    LEFT JOIN last_steps ON last_steps.run_key = m.run_key
    WHERE m.metric = $metric AND ($split IS NULL OR m.split = $split) AND ($task IS NULL OR m.task = $task)
        AND (
            $take <> 'final'  -- else only the ends of curves are looked at, however long they are
            OR (m.data_seen IS NOT DISTINCT FROM ends.final_data_seen AND m.step IS NOT DISTINCT FROM ends.final_step)
        )
),

early AS (  -- series that may end before their run: how far apart their last two values lie; a single one, how far from the start
    SELECT
        ends.of_run AS run_key,
        ends.of_split AS split,
        ends.of_task AS task,
        any_value(coalesce(ends.final_step, ends.final_data_seen)) - coalesce(max(coalesce(m.step, m.data_seen)), 0) AS apart
    FROM ends
    LEFT JOIN measurements AS m
        ON m.run_key = ends.of_run AND m.metric = ends.of_metric AND m.split = ends.of_split AND m.task = ends.of_task
        AND coalesce(m.step, m.data_seen) < coalesce(ends.final_step, ends.final_data_seen)
    WHERE ends.of_run IN (SELECT placed.run_key FROM placed WHERE placed.gap > 0)
    GROUP BY ends.of_run, ends.of_split, ends.of_task
),

measured AS (
    SELECT
        m.*,
        CASE
            WHEN coalesce(m.data_seen, chosen.data_seen) < $after_warmup * chosen.warmup THEN 'inside its warm-up'
            WHEN $after_warmup IS NOT NULL AND coalesce(m.data_seen, chosen.data_seen) * chosen.warmup IS NULL THEN 'no warm-up logged'
            WHEN m.data_seen < $from_data_seen THEN 'before ' || $from_data_seen || ' of data seen'
            WHEN
                $annealed IS NOT NULL AND coalesce(chosen.lr_schedule, '') NOT ILIKE 'constant%'
                AND coalesce(m.data_seen < $annealed * coalesce(chosen.data_seen, max(m.data_seen) OVER (PARTITION BY run_key)), NOT m.final)
                THEN 'not annealed'
        END AS rule
    FROM placed AS m
    INNER JOIN chosen USING (run_key)
),

points AS (
    SELECT measured.*
    FROM measured
    INNER JOIN chosen USING (run_key)
    QUALIFY CASE
        WHEN $take = 'all' THEN true
        WHEN $take = 'best' AND chosen.status = 'finished'
            THEN row_number() OVER (
                PARTITION BY run_key, measured.split, measured.task
                ORDER BY measured.rule IS NOT NULL, measured.value, measured.step
            ) = 1
        ELSE row_number() OVER (
            PARTITION BY run_key, measured.split, measured.task ORDER BY measured.data_seen DESC NULLS LAST, measured.step DESC NULLS FIRST
        ) = 1
    END
),

ranked AS (
    SELECT
        run_key,
        row_number() OVER (ORDER BY measured.value DESC, run_key) AS place
    FROM measured
    INNER JOIN chosen USING (run_key)
    WHERE measured.final AND chosen.excluded_reason IS NULL
    QUALIFY row_number() OVER (PARTITION BY run_key ORDER BY measured.value DESC) = 1
),

parts AS (
    SELECT
        of_runs.dataset,
        p.pool,
        list(
            struct_pack(pool := p.member, share := p.share, "unique" := p.data_unique, size := atomic.data_unique)
            ORDER BY atomic.quality_rank NULLS LAST, p.member
        ) AS members,
        sum(p.data_unique ORDER BY p.member) AS data_unique
    FROM pool_members AS p
    CROSS JOIN (SELECT DISTINCT chosen.dataset FROM chosen) AS of_runs
    LEFT JOIN declared_pools AS atomic ON atomic.pool = p.member AND atomic.dataset IS NOT DISTINCT FROM of_runs.dataset
    GROUP BY of_runs.dataset, p.pool
),

observed AS (
    SELECT
        r.* EXCLUDE (source_uri, source_format, content_hash, version, ingested_at, left_out, kept_back) REPLACE (
            CASE $params
                WHEN 'with embeddings' THEN CASE WHEN r.params_convention IS DISTINCT FROM 'without embeddings' THEN r.params END
                WHEN 'without embeddings'
                    THEN coalesce(r.params_nonembedding, CASE WHEN r.params_convention = 'without embeddings' THEN r.params END)
                ELSE r.params
            END AS params,
            coalesce($params, r.params_convention) AS params_convention,
            coalesce(r.data_unique, pools.data_unique, parts.data_unique) AS data_unique,
            CASE WHEN m.at_start THEN NULL ELSE coalesce(m.data_seen, r.data_seen) END AS data_seen,
            CASE
                WHEN m.data_seen IS NULL OR m.data_seen = r.data_seen
                    THEN coalesce(r.epochs, r.data_seen / coalesce(r.data_unique, pools.data_unique, parts.data_unique))
                ELSE m.data_seen / coalesce(r.data_unique, pools.data_unique, parts.data_unique)
            END AS epochs,
            coalesce(
                m.flops,
                CASE
                    WHEN m.data_seen IS NULL OR m.data_seen = r.data_seen THEN r.flops
                    ELSE r.flops * m.data_seen / r.data_seen
                END,
                6 * coalesce(r.params, r.params_nonembedding) * m.data_seen
            ) AS flops
        ),
        r.data_seen AS data_planned,
        {{tags}}
        coalesce(m.metric, $metric) AS metric,
        coalesce(m.split, $split) AS split,
        coalesce(m.task, $task) AS task,
        m.step,
        m.lr,
        m.value,
        coalesce(m.final, false) AS final,
        CASE
            WHEN r.pool IS NULL THEN NULL
            WHEN parts.members IS NULL
                THEN [struct_pack(
                    pool := r.pool, share := 1.0::DOUBLE,
                    "unique" := coalesce(r.data_unique, pools.data_unique), size := coalesce(pools.data_unique, r.data_unique)
                )]
            ELSE list_transform(
                parts.members,
                lambda part: struct_pack(
                    pool := part.pool, share := part.share,
                    "unique" := part."unique" * coalesce(r.data_unique / coalesce(pools.data_unique, parts.data_unique), 1),
                    size := part.size
                )
            )
        END AS members,
        CASE
            WHEN r.excluded_reason IS NOT NULL THEN 'excluded: ' || r.excluded_reason
            WHEN coalesce(r.status, '') <> 'finished' THEN coalesce(r.status, 'no status')
            WHEN refused.broken
                AND (
                    m.value IS NULL OR coalesce(refused.broken_step > ends.final_step, refused.broken_data_seen > ends.final_data_seen, false)
                )
                THEN 'diverged'
            WHEN m.value IS NULL AND r.kept_back THEN 'held out: ' || $held_out  -- nor does the first law of a chain see it
            WHEN m.value IS NULL THEN concat_ws(' ', 'no value of', $metric, $split, $task)
            WHEN $take = 'final' AND coalesce(refused.step > ends.final_step, refused.data_seen > ends.final_data_seen, false)
                THEN 'no value at its end: what is logged there is refused'
            WHEN $take = 'final' AND m.gap > early.apart THEN 'no value near its end'
            WHEN m.at_start THEN 'no data_seen at step 0'
            WHEN ranked.place <= $largest THEN 'left out by the study: among its ' || $largest || ' largest'
            WHEN r.left_out THEN 'left out by the study: ' || $exclude
            WHEN m.rule IS NOT NULL THEN 'left out by the study: ' || m.rule
            WHEN r.kept_back THEN 'held out: ' || $held_out
        END AS reason
    FROM chosen AS r
    LEFT JOIN points AS m USING (run_key)
    LEFT JOIN ranked USING (run_key)
    LEFT JOIN declared_pools AS pools ON pools.pool = r.pool AND pools.dataset IS NOT DISTINCT FROM r.dataset
    LEFT JOIN parts ON parts.pool = r.pool AND parts.dataset IS NOT DISTINCT FROM r.dataset
    LEFT JOIN ends ON ends.of_run = m.run_key AND ends.of_split = m.split AND ends.of_task = m.task
    LEFT JOIN early ON early.run_key = m.run_key AND early.split = m.split AND early.task = m.task
    LEFT JOIN refused
        ON refused.run_key = r.run_key
        AND refused.split = coalesce(m.split, $split, refused.split) AND refused.task = coalesce(m.task, $task, refused.task)
)

SELECT
    observed.*,
    reason IS NULL AS used,
    {{cohort}} AS cohort
FROM observed
ORDER BY cohort, flops, run_id, run_key, data_seen, step
