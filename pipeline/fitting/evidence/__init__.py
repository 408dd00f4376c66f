"""What held-out observations say of a law: its error, which law to believe, and the grade that a fit has earned."""
