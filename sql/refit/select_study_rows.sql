SELECT * FROM {{table}} WHERE study = $study
