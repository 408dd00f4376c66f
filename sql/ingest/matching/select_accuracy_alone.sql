SELECT bool_or(metric = 'accuracy') AND NOT bool_or(metric = 'error') FROM series_in
