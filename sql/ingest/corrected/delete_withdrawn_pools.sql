DELETE FROM {{table}} AS known USING withdrawn_pools AS gone WHERE {{same}}
