"""What `lawbook new` proposes: the questions that it knows, what the runs vary, and the file that is written."""
