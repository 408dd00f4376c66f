"""What a user may write: predicates, columns and arithmetic, parsed to an allow-list and never run as anything else."""
