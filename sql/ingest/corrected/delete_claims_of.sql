DELETE FROM {{table}} WHERE list_contains($sources, source_uri)
