CREATE TABLE pub.{{table}} AS SELECT * FROM {{catalog}}.{{source}} LIMIT 0
