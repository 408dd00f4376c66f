"""What runs are expected to reach, stored before it is known, and scored when it is."""
