-- A line with too few cells at the very end is a file that was cut (or is still being written).
INSERT INTO refused_lines
SELECT
    names.lawbook_file,
    errors.line - 1 - {{skip}},
    CASE
        WHEN errors.error_type = 'INVALID ENCODING' THEN 'undecodable'
        WHEN errors.error_type = 'LINE SIZE OVER MAXIMUM' THEN 'line_too_long'
        WHEN errors.error_type = 'TOO MANY COLUMNS' THEN 'too_many_columns'
        WHEN errors.error_type = 'MISSING COLUMNS' AND NOT errors.last THEN 'missing_column'
        WHEN errors.error_type IN ('MISSING COLUMNS', 'UNQUOTED VALUE') AND errors.last THEN 'truncated'
        ELSE 'unreadable'
    END,
    left(rtrim(errors.error_message, '. ' || chr(10)), 450) || CASE errors.error_type
        WHEN 'INVALID ENCODING' THEN '; save the file as UTF-8'
        WHEN 'TOO MANY COLUMNS' THEN '; quote cells that hold the delimiter'
        WHEN 'MISSING COLUMNS' THEN '; complete the row'
        ELSE ''
    END,
    left(errors.csv_line, 10000)
FROM (
    SELECT
        *,
        row_number() OVER (PARTITION BY scan_id, file_id, line ORDER BY error_type = 'LINE SIZE OVER MAXIMUM' DESC, column_idx DESC) AS place,
        line - 1 - {{skip}} >= count(DISTINCT line) OVER (PARTITION BY scan_id, file_id)
        + (SELECT count(*) FROM {{table}} AS raw WHERE raw.lawbook_file = file_id)
        AND line = max(line) OVER (PARTITION BY scan_id, file_id) AS last
    FROM reject_errors
) AS errors
JOIN reject_scans AS scans USING (scan_id, file_id)
JOIN (VALUES {{names}}) AS names (lawbook_file, path) ON names.path = scans.file_path
WHERE errors.place = 1
