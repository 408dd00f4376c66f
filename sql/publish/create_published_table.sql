CREATE TABLE pub.{{table}} AS {{rows}} LIMIT 0
