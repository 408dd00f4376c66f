INSERT INTO refused_lines
SELECT
    lines.lawbook_file,
    lines.place - min(lines.place) OVER (PARTITION BY lines.lawbook_file) + 1,
    CASE WHEN lines.place = max(lines.place) OVER (PARTITION BY lines.lawbook_file) THEN 'truncated' ELSE 'unreadable' END,
    'the line is no JSON object',
    left(lines.line, 10000)
FROM staged_lines AS lines
QUALIFY NOT json_valid(lines.line) OR json_type(lines.line) <> 'OBJECT'
