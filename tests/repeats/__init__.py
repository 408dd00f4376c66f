"""`python -m tests.repeats`: rivals of repetition on public runs, three ways held out; writes the table of docs/mixtures.md."""
