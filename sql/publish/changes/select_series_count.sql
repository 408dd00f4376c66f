SELECT max(series) + 1 AS series FROM pub.series
