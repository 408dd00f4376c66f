-- The newest version of each run; epochs and flops are derived where they were not logged, never instead of what was.
CREATE OR REPLACE VIEW runs AS
SELECT {{columns}} FROM (
    SELECT
        history.* REPLACE (
            CASE
                WHEN finishes.run_key IS NOT NULL AND history.status IN ('running', 'planned') THEN 'finished'
                ELSE history.status
            END AS status,
            coalesce(
                history.params_convention, CASE WHEN history.params > history.params_nonembedding THEN 'with embeddings' END
            ) AS params_convention,
            coalesce(history.epochs, history.data_seen / history.data_unique) AS epochs,
            coalesce(history.flops, 6 * history.params * history.data_seen) AS flops,
            CASE
                WHEN history.flops IS NOT NULL THEN coalesce(history.flops_source, 'logged')
                WHEN history.params * history.data_seen IS NOT NULL THEN 'derived 6ND'
            END AS flops_source
        ),
        exclusions.reason AS excluded_reason
    FROM runs_history AS history
    LEFT JOIN exclusions ON exclusions.run_key = history.run_key
    LEFT JOIN finishes ON finishes.run_key = history.run_key
    WHERE history.valid_to IS NULL
)
