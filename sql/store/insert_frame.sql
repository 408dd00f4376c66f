INSERT INTO {{table}} BY NAME
SELECT * FROM frame_to_insert
