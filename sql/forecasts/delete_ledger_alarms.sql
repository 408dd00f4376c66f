DELETE FROM alarms WHERE study = $study AND alarm <> 'audit'
