INSERT INTO pub.{{table}} {{rows}}
