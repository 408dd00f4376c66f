"""Loss against model size and data, or against one of them."""
