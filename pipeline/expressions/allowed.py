"""What an expression may hold: its functions, operators, comparisons and casts. Nothing else is let through."""

LONGEST, DEEPEST = 10_000, 60
NUMERIC = ("DOUBLE", "FLOAT", "DECIMAL", "INT", "REAL", "NUMERIC")

# name: (kinds of the arguments, kind of the result); the last argument kind repeats
FUNCTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    **dict.fromkeys(("abs", "ln", "log10", "exp", "sqrt", "floor", "ceil"), (("number",), "number")),
    **dict.fromkeys(("pow", "round"), (("number", "number"), "number")),
    **dict.fromkeys(("lower", "upper", "trim"), (("text",), "text")),
    **dict.fromkeys(("replace", "concat"), (("text",), "text")),
    "nullif": (("same",), "same"),
    "coalesce": (("same",), "same"),
    "greatest": (("number",), "number"),
    "least": (("number",), "number"),
    "length": (("text",), "number"),
    "regexp_extract": (("text", "constant", "constant"), "text"),
    "regexp_matches": (("text", "constant"), "truth"),
    "regexp_replace": (("text", "constant", "constant"), "text"),
    "split_part": (("text", "text", "number"), "text"),
    "starts_with": (("text",), "truth"),
    "contains": (("text",), "truth"),
}
ARITHMETIC = {"+", "-", "*", "/", "//", "%", "**", "^"}
MATCHING = {"~~": "LIKE", "!~~": "NOT LIKE", "~~*": "ILIKE", "!~~*": "NOT ILIKE"}
COMPARISONS = {
    "COMPARE_EQUAL": "=",
    "COMPARE_NOTEQUAL": "<>",
    "COMPARE_LESSTHAN": "<",
    "COMPARE_GREATERTHAN": ">",
    "COMPARE_LESSTHANOREQUALTO": "<=",
    "COMPARE_GREATERTHANOREQUALTO": ">=",
    "COMPARE_DISTINCT_FROM": "IS DISTINCT FROM",
    "COMPARE_NOT_DISTINCT_FROM": "IS NOT DISTINCT FROM",
}
CASTS = {"DOUBLE": "number", "BIGINT": "number", "INTEGER": "number", "VARCHAR": "text", "BOOLEAN": "truth", "TIMESTAMP": "text"}
RISKY = {"ln", "log10", "sqrt", "exp", "pow", "**", "^", "floor", "ceil", "round"}  # raise outside their domain; NULL instead
