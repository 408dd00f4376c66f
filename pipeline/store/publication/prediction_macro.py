"""The table macro `predict`: one branch a law that a current fit is of, each calling the law's own macro on its parameters."""

from collections.abc import Collection

from pipeline.laws import laws
from pipeline.laws.engine.sql_form import MEMBER_ARGUMENTS, list_arguments, signature
from pipeline.laws.law import Law
from pipeline.schema import RUNS
from pipeline.store.statements import Fragment, literal, quote, sql

UNION = "\nUNION ALL BY NAME\n"


def predict_macro(fitted: Collection[str]) -> str:
    """CREATE MACRO predict(study_name, params := NULL, ...): the columns of all laws as optional arguments.

    fitted: the laws of current fits. A branch of every law of the book took DuckDB seconds to plan; where there are none, any one
    law stands for them, and the macro has no row.

    Laws over pools take lists in the order of the `pools` that the macro returns. Of a chain, a law that reads the link is asked
    again with what the first laws predict of it: any column that no run has may be one.
    """
    names: dict[str, None] = {}
    for law in laws.values():
        names |= dict.fromkeys(_inputs(law))
    arguments = ", ".join(f"{quote(name)} := NULL" for name in names)
    asked = [law for law in laws.values() if law.name in fitted] or [next(iter(laws.values()))]
    branches = UNION.join(_members("macro_predict_branch", law, set()) for law in asked)
    readers = [(law, set(law.columns) - set(RUNS)) for law in asked]
    linked = UNION.join(_members("macro_predict_linked", law, links) for law, links in readers if links)
    more = f"{UNION}{linked}" if linked else ""
    return sql("macro_predict", arguments=Fragment(arguments), branches=Fragment(branches), linked=Fragment(more))


def _inputs(law: Law) -> list[str]:
    own = {parameter.name for parameter in law.parameters}
    return [name for name in signature(law) if name not in own]


def _members(name: str, law: Law, links: set[str]) -> str:
    given = {"value": _call(law, links), "law": literal(law.name)}
    if not links:
        given["reads"] = f"[{', '.join(literal(column) for column in law.columns)}]::VARCHAR[]"
    return sql(name, **{key: Fragment(text) for key, text in given.items()})


def _call(law: Law, links: set[str]) -> str:
    """The law's macro on a fit's parameters; `links` are columns that a chain may predict where they are not given."""
    lists = {MEMBER_ARGUMENTS.get(name, name) for name in list_arguments(law)}
    inputs = set(_inputs(law))

    def argument(name: str) -> str:
        if name in inputs:
            kind = "DOUBLE[]" if name in lists else "DOUBLE"
            given = f"CAST({quote(name)} AS {kind})"
            return f"coalesce({given}, CASE WHEN l.link = {literal(name)} THEN l.predicted END)" if name in links else given
        if name in lists:
            return f"list_transform(c.pools, lambda each_pool: c.parameters[{literal(name + '[')} || each_pool || ']'])"
        return f"c.parameters[{literal(name)}]"

    return f"{quote(law.name)}({', '.join(argument(name) for name in signature(law))})"
