-- Which parameters a study stands on: another hash where a refit has moved one.
SELECT parameters_version
FROM studies
WHERE study = $study
