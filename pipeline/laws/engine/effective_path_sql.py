"""The whole function of `effective_data` in SQL: what effective_path.py computes, over lists."""

from pipeline.laws.engine.path_walk import LN2, NEVER_NIL


def effective_path_sql(data_seen: str, share: str, unique: str, size: str, a: str, b: str, tau: str) -> str:
    """L over lists; list_transform([x], lambda v: …)[1] names a value that is used more than once."""
    pools = f"range(1, len({share}) + 1)"
    length = f"(CAST({unique}[i] AS DOUBLE) / {share}[i])"
    passed = f"list_transform(range(1, CAST(floor({data_seen} / {length}) AS BIGINT) + 1), lambda k: k * {length})"
    ends = f"flatten(list_transform({pools}, lambda i: CASE WHEN {share}[i] > 0 THEN {passed} ELSE [] END))"
    points = (
        f"list_sort(list_distinct(list_filter(list_append({ends}, CAST({data_seen} AS DOUBLE)), lambda v: v <= {data_seen})))"
    )
    before = "(CASE WHEN s = 1 THEN 0e0 ELSE ends[s - 1] END)"
    rate = f"{LN2!r}e0 * {share}[i] * {size}[i] / {unique}[i] / {tau}[i]"
    weight = f"{share}[i] * exp(-floor((ends[s] + {before}) / 2e0 / {length}) * {rate})"
    total = "list_sum(list_transform({pools}, lambda i: CASE WHEN {share}[i] > 0 THEN {weight}{factor} ELSE 0e0 END))"
    D = total.format(pools=pools, share=share, weight=weight, factor="") + f" + {NEVER_NIL!r}"
    B = total.format(pools=pools, share=share, weight=weight, factor=f" * {b}[i]")
    segment = f"{{'length': ends[s] - {before}, 'D': {D}, 'B': {B}}}"
    segments = f"list_transform(range(1, len(ends) + 1), lambda s: {segment})"
    running = "list_transform(range(1, len(parts) + 1), lambda s: list_sum(list_transform(parts[1:s], lambda t: t.length * t.D)))"
    growth = f"ln({a} / 1e5 * so_far[s]) - CASE WHEN s = 1 THEN 0e0 ELSE ln({a} / 1e5 * so_far[s - 1]) END"
    value = f"list_sum(list_transform(range(1, len(parts) + 1), lambda s: parts[s].B / parts[s].D * ({growth})))"
    inner = f"list_transform([{running}], lambda so_far: {value})[1]"
    return f"list_transform([{points}], lambda ends: list_transform([{segments}], lambda parts: {inner})[1])[1]"
