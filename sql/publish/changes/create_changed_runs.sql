-- The runs of which the copied file says something else than the store: a value, an end, a status.
CREATE OR REPLACE TEMP TABLE changed_runs AS
SELECT run_key FROM {{catalog}}.series SEMI JOIN changed_points USING (series)
UNION
SELECT run_key FROM (SELECT * FROM {{catalog}}.series EXCEPT SELECT * FROM pub.series)
UNION
SELECT run_key FROM {{catalog}}.runs_history WHERE valid_from > $moment OR valid_to > $moment
UNION
SELECT run_key FROM (SELECT run_key FROM {{catalog}}.finishes EXCEPT SELECT run_key FROM pub.finishes)
UNION
SELECT run_key FROM (SELECT run_key FROM pub.finishes EXCEPT SELECT run_key FROM {{catalog}}.finishes)
