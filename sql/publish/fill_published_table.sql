INSERT INTO pub.{{table}} SELECT * FROM {{catalog}}.{{source}}
