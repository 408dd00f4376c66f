DELETE FROM plan_notes WHERE study = $study AND law = '' AND plan = ''
