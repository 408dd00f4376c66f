DELETE FROM exclusions WHERE run_key = $run_key
