"""Where everything lies: the private store, its history and backups, SQL from files, and the published file."""
