-- The parse tree of `SELECT (expression)` as JSON; nothing of it is run.
SELECT json_serialize_sql(?)
