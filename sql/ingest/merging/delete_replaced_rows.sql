DELETE FROM {{table}} AS known USING rows_in AS incoming WHERE {{same}}
