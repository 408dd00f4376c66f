"""The words of the questions of `planning/questions/sizes/`, one file each, under the same name."""
