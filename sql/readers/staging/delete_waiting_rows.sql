DELETE FROM staged_raw
WHERE rowid IN (
    SELECT max(raw.rowid)
    FROM staged_raw AS raw
    JOIN refused_lines AS lines USING (lawbook_file)
    WHERE lines.detail = $detail
    GROUP BY raw.lawbook_file
)
