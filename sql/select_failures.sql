SELECT study, failure FROM studies WHERE failure IS NOT NULL
