"""What repeated data is worth to one model on one corpus."""
