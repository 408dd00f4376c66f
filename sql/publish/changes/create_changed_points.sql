-- Every version of a value that was taken in, or replaced, after a moment.
CREATE OR REPLACE TEMP TABLE changed_points AS
SELECT * FROM {{catalog}}.all_points
WHERE valid_from > $moment OR valid_to > $moment
