-- What runs there are to select from: each namespace and each dataset with its number of runs, most first.
SELECT 'namespace' AS kind, namespace AS name, count(*) AS runs FROM runs GROUP BY namespace
UNION ALL
SELECT 'dataset' AS kind, dataset AS name, count(*) AS runs FROM runs WHERE dataset IS NOT NULL GROUP BY dataset
ORDER BY kind DESC, runs DESC, name
