"""What the choice of next runs needs: candidates, targets, shared errors, exchange."""
