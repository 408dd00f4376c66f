"""What keeps an installation well: the doctor, the journal, progress, and where heavy work runs."""
