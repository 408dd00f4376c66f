"""What compute at inference buys: samples, verifiers, documents, rollouts."""
