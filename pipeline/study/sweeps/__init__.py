"""Points that are made of many runs: the winners of a sweep, the low point of its curve, what it takes to reach a level."""
