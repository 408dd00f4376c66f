"""How good forecasts are on public sweeps: every rival law, their combination and its intervals, each line with its target."""
