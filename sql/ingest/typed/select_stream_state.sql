SELECT count(*) AS rows, count(*) FILTER (WHERE good IS NOT TRUE) AS refused FROM typed_rows
