-- The last row of each of these files, whose last line has no end: it may be half written. One that was refused already stays so.
INSERT INTO refused_lines
SELECT last.lawbook_file, last.place, 'truncated', $detail, last.raw
FROM (
    SELECT
        raw.lawbook_file,
        count(*) + (SELECT count(*) FROM refused_lines AS lines WHERE lines.lawbook_file = raw.lawbook_file) AS place,
        arg_max(CAST(to_json(raw) AS VARCHAR), raw.rowid) AS raw
    FROM staged_raw AS raw
    WHERE raw.lawbook_file IN ({{files}})
    GROUP BY raw.lawbook_file
) AS last
WHERE last.place > (
    SELECT coalesce(max(lines.lawbook_row), 0) FROM refused_lines AS lines WHERE lines.lawbook_file = last.lawbook_file
)
