INSERT INTO {{table}} BY NAME
SELECT * REPLACE ({{maps}}) FROM frame_to_insert
