-- The newest version of each measurement; `final` is the last value of a finished run for its metric, split and task.
CREATE OR REPLACE VIEW measurements AS
SELECT
    history.run_key,
    history.metric,
    history.split,
    history.task,
    history.step,
    history.data_seen,
    history.flops,
    history.lr,
    history.value,
    coalesce(runs.status = 'finished', false) AND row_number() OVER (
        PARTITION BY history.run_key, history.metric, history.split, history.task
        ORDER BY history.data_seen DESC NULLS LAST, history.step DESC NULLS FIRST
    ) = 1 AS final,
    history.version
FROM measurements_history AS history
LEFT JOIN runs_history AS runs ON runs.run_key = history.run_key AND runs.valid_to IS NULL
WHERE history.valid_to IS NULL
