INSERT INTO {{table}} BY NAME
SELECT {{columns}} FROM rows_in
