"""From rows of a file to rows of the store: checked, identified, taken once or refused with a reason."""
