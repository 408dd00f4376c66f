"""The words of the questions of `planning/questions/mixtures/`, one file each, under the same name."""
