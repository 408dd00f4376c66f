"""The best learning rate and batch size."""
