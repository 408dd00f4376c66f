SELECT *{{old_names}} FROM {{source}}
