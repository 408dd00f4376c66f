"""Where logs come from: folders, object stores, tracking servers."""
