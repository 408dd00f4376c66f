CREATE VIEW all_points AS
SELECT * FROM points
