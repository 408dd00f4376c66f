CREATE VIEW {{view}} AS SELECT * FROM {{table}} WHERE selected
