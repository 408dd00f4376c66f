-- Neighbouring budgets of one law's plan between which the loss rises; of one study, or of all where $study is NULL.
WITH neighbours AS (
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
WHERE next_loss > loss * (1 + 1e-9)
