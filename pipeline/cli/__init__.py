"""The command line `lawbook`."""
