-- The parameters of a fit: the estimate as draw -1, then the first draws, as many as asked for.
SELECT -1 AS draw, parameter, pool, estimate AS value
FROM fit_parameters
WHERE fit_id = $fit
UNION ALL
SELECT draw, parameter, pool, value
FROM fit_draws
WHERE fit_id = $fit AND draw < $most
ORDER BY draw, parameter, pool
