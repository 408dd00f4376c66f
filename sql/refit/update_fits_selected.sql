UPDATE fits SET selected = (fit_id IN $ids) WHERE study = $study AND valid_to IS NULL
