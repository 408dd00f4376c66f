CREATE TABLE {{table}} ({{columns}})
