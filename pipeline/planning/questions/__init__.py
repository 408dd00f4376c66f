"""One file a planning question, named as the table that it fills."""
