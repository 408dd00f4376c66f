DELETE FROM {{table}} WHERE fit_id IN $ids
