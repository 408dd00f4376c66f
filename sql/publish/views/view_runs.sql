-- The newest version of each run; epochs and flops are derived where they were not logged, never instead of what was.
CREATE OR REPLACE VIEW runs AS
SELECT
    history.run_key,
    history.run_id,
    history.namespace,
    history.name,
    history.status,
    history.recipe,
    history.dataset,
    history.pool,
    history.architecture,
    history.tokenizer,
    history.params,
    history.params_nonembedding,
    coalesce(history.params_convention, CASE WHEN history.params > history.params_nonembedding THEN 'with embeddings' END)
        AS params_convention,
    history.params_active,
    history.layers,
    history.width,
    history.data_seen,
    history.data_unique,
    history.data_unit,
    coalesce(history.epochs, history.data_seen / history.data_unique) AS epochs,
    coalesce(history.flops, 6 * history.params * history.data_seen) AS flops,
    CASE
        WHEN history.flops IS NOT NULL THEN coalesce(history.flops_source, 'logged')
        WHEN history.params * history.data_seen IS NOT NULL THEN 'derived 6ND'
    END AS flops_source,
    history.peak_lr,
    history.final_lr,
    history.lr_schedule,
    history.warmup,
    history.batch_size,
    history.sequence_length,
    history.optimizer,
    history.seed,
    history.accelerator,
    history.accelerator_count,
    history.accelerator_hours,
    history.data_per_second,
    history.started_at,
    history.finished_at,
    exclusions.reason AS excluded_reason,
    history.tags,
    history.source_uri,
    history.source_format,
    history.content_hash,
    history.version,
    history.ingested_at
FROM runs_history AS history
LEFT JOIN exclusions USING (run_key)
WHERE history.valid_to IS NULL
