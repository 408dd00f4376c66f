DROP TABLE IF EXISTS reject_errors
