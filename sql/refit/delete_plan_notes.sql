-- The notes about single plans; those about fits stay.
DELETE FROM plan_notes WHERE study = $study AND plan <> ''
