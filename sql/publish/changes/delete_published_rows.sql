DELETE FROM pub.{{table}}
