"""plan_pruning in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, factor, outcome, part
from pipeline.wording.clauses import likely, metric
from pipeline.wording.trust import trust
from pipeline.wording.words import BEYOND, Cells, Form, Words, bare, beyond, furthest_known

KEPT = {"all": "all of the data", "easy": "the easiest {}", "hard": "the hardest {}", "any": "a random {}"}


def sentence(row: Row, unit: str) -> str | None:
    """What to keep; only of the best choice."""
    if row["rank"] != 1:
        return None
    kept = KEPT[row["keep"]].format(part(row["keep_fraction"]))
    if row["approach"] == "saddle_point":
        there = f"Where there are {factor(row['examples_per_dimension'])} examples for each input dimension"
        return f"{there}, a perceptron student errs least ({row['value']:.3g}) if you keep {kept}. {row['message']}"
    size = f" and {amount(row['params'])} parameters" if row.get("params") else ""
    start = f"With {amount(row['data_seen'])} {unit}{size}, keep {kept}; expect {outcome(row, 'value', metric(row))}."
    return " ".join([start, *filter(None, [likely("It is the best choice", row["probability_best"]), trust(row)])])


def cells(row: Row) -> Cells:
    """The best share of the data to keep."""
    keep = KEPT[row["keep"]].format(part(row["keep_fraction"])).removeprefix("the ").removesuffix(" of the data")
    chance, runs = row["probability_best"], row["approach"] == "runs"
    given = [amount(row["data_seen"]), ""] if runs else ["", factor(row["examples_per_dimension"])]
    value = bare(row, "value") if runs else f"{row['value']:.3g} in theory"
    epochs = factor(row["epochs"]) if runs else ""
    return [*given, keep, epochs, value, "" if chance is None else part(chance), beyond(row)]


WORDS = Words(
    sentence,
    Form(
        "What to keep of the data",
        ["data", "a dimension", "keep", "epochs", "value", "chance", BEYOND],
        cells,
        furthest_known,
    ),
    leads=True,
)
