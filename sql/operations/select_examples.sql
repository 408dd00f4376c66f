SELECT law, example_sql FROM laws ORDER BY law
