UPDATE fits SET valid_to = $moment, selected = false WHERE fit_id IN $ids
