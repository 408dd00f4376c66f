-- Tags of each corpus that are the shares of a mixture: numbers that all its runs have, that vary, and that add up to 1 in each run, or
-- to 100 where they are percentages; all such tags together, else those with a prefix or a suffix in common (`share_web`, `web_share`).
WITH ends AS (
    SELECT DISTINCT
        r.namespace,
        r.dataset,
        r.run_key,
        r.tags
    FROM surveyed_runs AS r
    INNER JOIN measurements AS m USING (run_key)
    WHERE m.final AND r.excluded_reason IS NULL
),

tagged AS (
    SELECT
        namespace,
        dataset,
        run_key,
        entry.key AS tag,
        TRY_CAST(entry.value AS DOUBLE) AS share
    FROM (SELECT *, unnest(map_entries(tags)) AS entry FROM ends)
),

able AS (
    SELECT
        namespace,
        dataset,
        tag,
        unnest(CASE WHEN max(share) <= 1 THEN [1, 100] WHEN max(share) <= 100 THEN [100] END) AS scale
    FROM tagged
    GROUP BY namespace, dataset, tag
    HAVING count(*) = count(share) AND min(share) >= 0 AND count(DISTINCT share) > 1
),

grouped AS (
    SELECT
        tagged.*,
        able.scale,
        unnest([
            '',
            'starts with ' || regexp_extract(tagged.tag, '^(.*?)[^A-Za-z0-9]', 1),
            'ends with ' || regexp_extract(tagged.tag, '[^A-Za-z0-9]([A-Za-z0-9]*)$', 1)
        ]) AS kind
    FROM tagged
    INNER JOIN able ON able.namespace = tagged.namespace AND able.dataset IS NOT DISTINCT FROM tagged.dataset AND able.tag = tagged.tag
),

summed AS (
    SELECT
        namespace,
        dataset,
        kind,
        scale,
        run_key,
        list(tag ORDER BY tag) AS tags,
        list(share ORDER BY tag) AS shares,
        sum(share / scale ORDER BY tag) AS whole
    FROM grouped
    GROUP BY ALL
),

mixed AS (
    SELECT
        namespace,
        dataset,
        kind,
        scale,
        any_value(tags) AS tags,
        count(DISTINCT shares) AS mixtures,
        count(*) AS runs
    FROM summed
    GROUP BY ALL
    HAVING min(whole) >= 0.995 AND max(whole) <= 1.005 AND count(DISTINCT tags) = 1 AND len(any_value(tags)) > 1
)

SELECT
    mixed.namespace,
    mixed.dataset,
    mixed.tags,
    mixed.mixtures
FROM mixed
INNER JOIN (
    SELECT
        namespace,
        dataset,
        count(*) AS runs
    FROM ends
    GROUP BY ALL
) AS counted ON counted.namespace = mixed.namespace AND counted.dataset IS NOT DISTINCT FROM mixed.dataset AND counted.runs = mixed.runs
QUALIFY row_number() OVER (PARTITION BY mixed.namespace, mixed.dataset ORDER BY mixed.scale, mixed.kind) = 1
