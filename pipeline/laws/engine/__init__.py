"""From one formula to its forms: NumPy values and derivatives, DuckDB macros, LaTeX; rows; generated code on disk."""
