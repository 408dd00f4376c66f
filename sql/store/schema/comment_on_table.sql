COMMENT ON {{kind}} {{table}} IS {{comment}}
