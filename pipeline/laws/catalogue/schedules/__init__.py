"""Loss along a learning-rate schedule."""
