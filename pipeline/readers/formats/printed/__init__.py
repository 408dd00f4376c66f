"""What trainers print: lines, blocks of lines and dictionaries that say a step and what was measured there."""
