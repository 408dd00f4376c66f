DROP TABLE IF EXISTS reject_scans
