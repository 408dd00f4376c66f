DELETE FROM rows_in WHERE ({{columns}}) IN (SELECT ({{columns}}) FROM {{table}})
