-- Neighbouring budgets of one law's plan between which the metric gets worse; of one study, or of all where $study is NULL.
WITH goals AS (
    SELECT study, coalesce(declaration ->> '$.goal', goal) = 'higher' AS higher
    FROM studies
    LEFT JOIN metrics ON metrics.metric = studies.metric AND list_contains($known, metrics.metric)
),

neighbours AS (
    SELECT
        study,
        law,
        flops,
        loss,
        lead(flops) OVER budgets AS next_flops,
        lead(loss) OVER budgets AS next_loss
    FROM plan_compute_optimal
    WHERE approach = 'parametric' AND loss IS NOT NULL AND ($study IS NULL OR study = $study)
    WINDOW budgets AS (PARTITION BY study, cohort, law ORDER BY flops)
)

SELECT format('{}: {} plans a loss of {:.6f} at {:.3e} FLOP but {:.6f} at {:.3e}', study, law, loss, flops, next_loss, next_flops) AS message
FROM neighbours
LEFT JOIN goals USING (study)
WHERE CASE WHEN coalesce(higher, false) THEN next_loss < loss - 1e-9 * abs(loss) ELSE next_loss > loss + 1e-9 * abs(loss) END
