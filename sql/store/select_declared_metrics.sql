-- What each stored study declares.
SELECT study, declaration
FROM studies
WHERE declaration IS NOT NULL
ORDER BY study
