CREATE OR REPLACE TEMP TABLE staged_raw AS
SELECT lines.lawbook_file, unnest(json_transform(lines.line, {{pattern}}))
FROM staged_lines AS lines
WHERE json_valid(lines.line) AND json_type(lines.line) = 'OBJECT'
ORDER BY lines.place
