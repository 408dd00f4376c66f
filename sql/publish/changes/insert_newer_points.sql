INSERT INTO pub.points SELECT * FROM changed_points
