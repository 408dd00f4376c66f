"""The words of the questions of `planning/questions/recipes/`, one file each, under the same name."""
