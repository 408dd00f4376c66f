"""What questions about pool sets share: candidates, terms, and how often each set is the best."""
