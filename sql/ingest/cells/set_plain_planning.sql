-- The first two compare every pair of expressions; the others take unpacked lists for a few rows and build a hash table of them.
SET disabled_optimizers = 'common_subexpressions,statistics_propagation,build_side_probe_side,join_order'
