"""The words of each planning question: one file under the name of its table, found where it lies."""
