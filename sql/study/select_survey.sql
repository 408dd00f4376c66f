-- What there is to study: a row for each corpus of a namespace and each metric that its finished runs end with. Of the columns that laws
-- read, how many values there are (amounts within 2 % count once); of those by which runs do not compare, the values themselves.
WITH ends AS (
    SELECT
        r.* REPLACE (own.flops AS flops),
        m.metric,
        m.split,
        m.task,
        coalesce(m.data_seen, r.data_seen) AS seen,
        m.step IS NOT NULL OR (r.batch_size IS NOT NULL AND r.sequence_length IS NOT NULL) AS stepped,
        struct_pack(namespace := r.namespace, dataset := r.dataset, metric := m.metric, split := m.split, task := m.task) AS corpus
    FROM surveyed_runs AS r
    INNER JOIN runs AS own USING (run_key)
    INNER JOIN measurements AS m USING (run_key)
    WHERE m.final AND r.excluded_reason IS NULL
),

sized AS (
    SELECT
        *,
        count(params) OVER whole = 0 AND count(params_nonembedding) OVER whole > 0 AS without_embeddings,
        count(params) OVER whole > 0 AND count(params_nonembedding) OVER whole = 0 AS with_embeddings
    FROM ends
    WINDOW whole AS (PARTITION BY corpus)
),

drawn AS (
    SELECT
        e.corpus,
        count(DISTINCT coalesce(p.member, e.pool)) AS pools,
        count(DISTINCT e.pool) FILTER (p.member IS NOT NULL) AS mixtures
    FROM ends AS e
    LEFT JOIN pool_members AS p ON p.pool = e.pool
    GROUP BY ALL
),

logged AS (
    SELECT
        e.corpus,
        count(*) AS points
    FROM ends AS e
    INNER JOIN measurements AS m USING (run_key, metric, split, task)
    GROUP BY ALL
),

repeated AS (  -- how often the amount of unique data varies within one pool: between pools it comes with the pool
    SELECT
        corpus,
        max(levels) AS data_unique
    FROM (
        SELECT
            corpus,
            pool,
            count(DISTINCT round(50 * ln(data_unique))) AS levels
        FROM ends
        GROUP BY ALL
    )
    GROUP BY ALL
),

swept AS (  -- sizes and amounts of data that were run at several learning rates or batches
    SELECT
        corpus,
        count(*) AS cells,
        count(*) FILTER (greatest(rates, batches) > 1) AS swept_cells,
        max(rates) AS rates,
        max(batches) AS batches
    FROM (
        SELECT
            corpus,
            pool,
            count(DISTINCT peak_lr) AS rates,
            count(DISTINCT round(50 * ln(batch_size))) AS batches
        FROM ends
        GROUP BY corpus, pool, coalesce(params, params_nonembedding), round(50 * ln(seen))
    )
    GROUP BY ALL
),

counted AS (
    SELECT
        corpus,
        count(DISTINCT run_key) AS runs,
        -- a size of either kind will do where no run has the other
        count(DISTINCT round(50 * ln(if(without_embeddings, params_nonembedding, params)))) AS params,
        count(DISTINCT round(50 * ln(if(with_embeddings, params, params_nonembedding)))) AS params_nonembedding,
        bool_or(without_embeddings) AS without_embeddings,
        bool_or(with_embeddings) AS with_embeddings,
        count(DISTINCT round(50 * ln(seen))) AS data_seen,
        count(DISTINCT [round(50 * ln(coalesce(params, params_nonembedding))), round(50 * ln(seen))]) AS places,
        count(DISTINCT round(50 * ln(flops))) AS flops,
        count(DISTINCT round(50 * ln(coalesce(flops, 6 * coalesce(params, params_nonembedding) * seen)))) AS compute,
        count(DISTINCT round(50 * ln(peak_lr))) AS peak_lr,
        count(DISTINCT round(50 * ln(batch_size))) AS batch_size,
        count(DISTINCT accelerator_count) AS accelerator_count,
        max(accelerator_count) AS largest_accelerator_count,
        count(DISTINCT run_key) FILTER (epochs >= $repeats) AS repeated,
        count(DISTINCT run_key) FILTER (coalesce(epochs, 1) < $repeats) AS fresh,
        count(DISTINCT run_key) FILTER (stepped) AS step,
        max(coalesce(flops, 6 * coalesce(params, params_nonembedding) * seen)) AS largest_flops,
        if(bool_and(flops IS NOT NULL), 'flops', 'coalesce(flops, 6 * coalesce(params, params_nonembedding) * data_seen)') AS compute_from,
        max(coalesce(params, params_nonembedding)) AS largest_params,
        max(seen) AS largest_data_seen,
        max(data_unique) AS largest_data_unique,
        count(DISTINCT pool) AS pool,
        max(batch_size) AS largest_batch_size,
        max(epochs) AS most_epochs,
        list(DISTINCT data_unit ORDER BY data_unit) FILTER (data_unit IS NOT NULL) AS data_unit,
        list(DISTINCT tokenizer ORDER BY tokenizer) FILTER (tokenizer IS NOT NULL) AS tokenizer,
        list(DISTINCT params_convention ORDER BY params_convention) FILTER (params_convention IS NOT NULL) AS params_convention,
        list(DISTINCT architecture ORDER BY architecture) FILTER (architecture IS NOT NULL) AS architecture,
        list(DISTINCT recipe ORDER BY recipe) FILTER (recipe IS NOT NULL) AS recipe,
        list(DISTINCT accelerator ORDER BY accelerator) FILTER (accelerator IS NOT NULL) AS accelerator
    FROM sized
    GROUP BY ALL
)

SELECT
    unnest(counted.corpus),
    counted.* EXCLUDE (corpus),
    swept.* EXCLUDE (corpus),
    coalesce(repeated.data_unique, 0) AS data_unique,
    coalesce(logged.points, 0) AS points,
    coalesce(drawn.pools, 0) AS pools,
    coalesce(drawn.mixtures, 0) AS mixtures
FROM counted
LEFT JOIN drawn USING (corpus)
LEFT JOIN swept USING (corpus)
LEFT JOIN repeated USING (corpus)
LEFT JOIN logged USING (corpus)
ORDER BY counted.runs DESC, counted.corpus
