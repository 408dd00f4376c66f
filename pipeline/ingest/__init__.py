"""What a log file becomes: found, read, checked, and taken once or refused with a reason."""
