DELETE FROM {{table}} WHERE study = $study
