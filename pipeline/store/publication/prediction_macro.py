"""The table macro `predict`: one branch a law of the law book, each calling the law's own macro on a current fit's parameters."""

from pipeline.laws import laws
from pipeline.laws.engine.sql_form import MEMBER_ARGUMENTS, list_arguments, signature
from pipeline.laws.law import Law
from pipeline.store.statements import Fragment, literal, quote, sql


def predict_macro() -> str:
    """CREATE MACRO predict(study_name, params := NULL, ...): the columns of all laws as optional arguments.

    Laws over pools take lists in the order of the `pools` that the macro returns.
    """
    names: dict[str, None] = {}
    for law in laws.values():
        names |= dict.fromkeys(_inputs(law))
    arguments = ", ".join(f"{quote(name)} := NULL" for name in names)
    branches = "\nUNION ALL BY NAME\n".join(_branch(law) for law in laws.values())
    return sql("macro_predict", arguments=Fragment(arguments), branches=Fragment(branches))


def _inputs(law: Law) -> list[str]:
    own = {parameter.name for parameter in law.parameters}
    return [name for name in signature(law) if name not in own]


def _branch(law: Law) -> str:
    lists = {MEMBER_ARGUMENTS.get(name, name) for name in list_arguments(law)}
    inputs = set(_inputs(law))

    def argument(name: str) -> str:
        if name in inputs:
            kind = "DOUBLE[]" if name in lists else "DOUBLE"
            return f"CAST({quote(name)} AS {kind})"
        if name in lists:
            return f"list_transform(c.pools, lambda each_pool: c.parameters[{literal(name + '[')} || each_pool || ']'])"
        return f"c.parameters[{literal(name)}]"

    call = f"{quote(law.name)}({', '.join(argument(name) for name in signature(law))})"
    return sql("macro_predict_branch", value=Fragment(call), law=Fragment(literal(law.name)))
