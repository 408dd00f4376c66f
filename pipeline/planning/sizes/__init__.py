"""What questions about model size share: minima, approaches without a law, equal loss."""
