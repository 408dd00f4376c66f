DELETE FROM corrections WHERE NOT list_contains($unread, source_uri)
