-- The priors that hold, of all studies.
SELECT study, law, location, spread, growth, growth_spread
FROM misfit_priors
WHERE valid_to IS NULL
ORDER BY study, law
