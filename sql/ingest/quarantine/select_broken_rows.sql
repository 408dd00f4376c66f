SELECT count(*) FROM typed WHERE NOT whole
