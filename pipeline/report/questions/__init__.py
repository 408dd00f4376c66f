"""The pictures of planning questions, where one says more than the table does: `PICTURE` of a file under the table's name."""
