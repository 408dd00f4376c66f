SELECT publish_key FROM publications ORDER BY published_at DESC LIMIT 1
