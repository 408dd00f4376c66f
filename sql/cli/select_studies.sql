SELECT * FROM studies ORDER BY study
