"""The words of the questions of `planning/questions/pools/`, one file each, under the same name."""
