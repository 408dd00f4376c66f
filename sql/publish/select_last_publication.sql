SELECT publish_key FROM publications ORDER BY published_at DESC, rowid DESC LIMIT 1
