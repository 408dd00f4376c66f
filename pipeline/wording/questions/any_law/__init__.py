"""The words of the questions of `planning/questions/any_law/`, one file each, under the same name."""
