"""Questions about money, serving and the next experiments."""
