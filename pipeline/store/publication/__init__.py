"""published.duckdb and the Parquet files beside it: written as a whole, or by what changed, and put in place in one step."""
