SELECT
    lawbook_file,
    count(*) AS rows,
    count(*) FILTER (WHERE good AND NOT kept) AS filtered,
    count(*) FILTER (WHERE good IS NOT TRUE) AS refused
FROM typed
GROUP BY lawbook_file
