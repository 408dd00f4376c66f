"""The laws, one folder a family of rivals: laws that answer the same question from the same columns. Files are discovered."""
