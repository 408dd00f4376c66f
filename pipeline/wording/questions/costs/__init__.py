"""The words of the questions of `planning/questions/costs/`, one file each, under the same name."""
