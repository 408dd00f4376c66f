UPDATE {{table}} SET stale_since = coalesce(stale_since, $since) WHERE study = $study
