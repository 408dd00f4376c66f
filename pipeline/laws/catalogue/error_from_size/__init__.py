"""Benchmark errors from size and data where no loss was logged beside them: they level off at chance."""
