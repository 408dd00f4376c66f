COMMENT ON VIEW archived_points IS {{comment}}
