INSERT INTO {{table}} BY NAME
SELECT {{columns}} FROM read_parquet({{file}})
