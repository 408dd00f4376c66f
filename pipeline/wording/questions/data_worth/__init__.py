"""The words of the questions of `planning/questions/data_worth/`, one file each, under the same name."""
