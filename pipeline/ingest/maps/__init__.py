"""How the columns of any table become the canonical ones."""
