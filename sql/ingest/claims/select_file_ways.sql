SELECT source_uri, content_hash, way, given FROM file_ways
