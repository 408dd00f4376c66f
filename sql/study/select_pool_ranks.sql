SELECT pool, quality_rank FROM pools
