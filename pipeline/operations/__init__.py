"""What keeps an installation well: the doctor, and what the checks find."""
