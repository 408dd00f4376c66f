SELECT series, step, data_seen, flops, lr, value, version, valid_from, valid_to FROM points WHERE false
