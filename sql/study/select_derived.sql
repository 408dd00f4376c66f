-- An expression that a study declares, at each of the rows that it is derived for, in their order.
SELECT TRY_CAST({{expression}} AS DOUBLE) AS derived
FROM rows_to_derive
