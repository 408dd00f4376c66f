SELECT * REPLACE (1 - value AS value) FROM ({{cells}})
