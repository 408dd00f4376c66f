"""Fifty sentences that `lawbook` prints, at the scale of real models: reviewed by hand, held by a test.

`python -m tests.wording.fifty_sentences` writes them anew; read the difference as a colleague who trains models would.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import LawbookError
from pipeline.home import Home
from pipeline.schema.left_out_words import unused_words
from pipeline.study.proposals.asks import ASKS
from pipeline.study.studies import read_study
from pipeline.wording.outline import outline
from pipeline.wording.sentences import refusal, sentence

LONG_LIST = re.compile(r"((?:[\w.]+, ){5})(?:[\w.]+, )+[\w.]+")
"""More than five names in a row: a new key or column changes no sentence."""
GOLDEN = Path(__file__).with_name("fifty_sentences.txt")
RUN: dict[str, Any] = {
    "metric": "loss", "flops": 9.8e22, "params": 1.48e10, "params_low": 1.17e10, "params_high": 1.75e10, "data_seen": 1.1e12,
    "data_seen_low": 9.3e11, "data_seen_high": 1.4e12, "data_unique": 2.5e11, "epochs": 4.4, "epochs_max": 4.4, "loss": 2.016,
    "loss_low": 2.002, "loss_high": 2.029, "value": 2.016, "value_low": 2.002, "value_high": 2.029, "distance": 1.0,
    "grade": "clean", "message": None, "outside": None, "approach": "parametric", "pool": None, "pools": ["web-hq", "code"],
    "rank": 1, "probability_best": 0.82, "cohort": "", "stale_since": None,
}  # fmt: skip
INSIDE, NEAR = {"distance": -0.3}, {"distance": 0.5}
NO_DRAWS = {"loss_low": None, "loss_high": None, "value_low": None, "value_high": None, "probability_best": None}
REPEAT = {"pool": "web-hq", "effective_data": 8.1e11, "effective_data_low": 7.6e11, "effective_data_high": 8.6e11,
          "value_of_repeat": 0.58, "value_of_repeat_low": 0.39, "value_of_repeat_high": 0.71}  # fmt: skip
SWITCH = {"candidates": "nested", "from_pools": ["web-hq"], "to_pools": ["web-hq", "code"], "share_of_draws": 0.34}
COST = {"best_pools": ["web-hq"], "excess": 0.021, "excess_low": 0.013, "excess_high": 0.031, "times_budget": 1.4}
MIX = {"weights": [0.7, 0.3], "gain": 0.012}
PRICE = {"goal": "budget", "price": 172031.0, "price_low": 161000.0, "price_high": 190000.0, "currency": "USD",
         "accelerator": "h100-sxm", "accelerator_count": 512, "accelerator_hours": 68800.0, "days": 5.6, "mfu": 0.4,
         "mfu_source": "logged", "makes_deadline": None, "deadline_days": 30.0, "fits": True}  # fmt: skip
SERVE = {"served_tokens": 1e13, "extra_training": 0.11, "extra_training_low": 0.07, "extra_training_high": 0.16, "saving": 0.21,
         "saving_low": 0.17, "saving_high": 0.26}  # fmt: skip
NEXT = {
    "run_order": 1,
    "replicates": 3,
    "target": "loss",
    "interval_reduction": 1.6,
    "pools": None,
    "params": 7.4e8,
    "data_seen": 1.5e10,
}
TWO = {"other_cohort": "recipe=mup", "axis": "flops", "amount": 9.8e22, "probability_other_wins": 0.91, "crossover": 3e21,
       "crossover_low": 1e21, "crossover_high": 8e21, "share_of_draws": 0.88}  # fmt: skip
ASKED = {"given": [{"key": "params", "value": 7e9}, {"key": "data_seen", "value": 2e12}], "pools": None}
REACH = {
    **ASKED,
    "given": ASKED["given"][:1],
    "target": 1.95,
    "sought": "data_seen",
    "amount": 3.1e12,
    "amount_low": 2.6e12,
    "amount_high": 3.9e12,
}
LEAST = {**ASKED, "goal": "least", "sought": "peak_lr", "amount": 0.0031, "amount_low": 0.0024, "amount_high": 0.0041}
ERROR = {"metric": "error", "value": 0.713, "value_low": 0.702, "value_high": 0.731, "params": None, "flops": None}
OUTSIDE = ["params 7e+10: the runs have 1e+08 to 3e+09", "params 7e+10: the law's paper has 4e+07 to 1.7e+10"]
PLANS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("compute_optimal", {}),
    ("compute_optimal", INSIDE),
    ("compute_optimal", NEAR),
    ("compute_optimal", {"distance": 2.0}),
    ("compute_optimal", NO_DRAWS),
    ("compute_optimal", {"grade": "weak"}),
    (
        "compute_optimal",
        {"outside": ["params 7e+10: the runs have 1e+08 to 3e+09", "params 7e+10: the law's paper has 4e+07 to 1.7e+10"]},
    ),
    ("compute_optimal", {"metric": "bits_per_byte", **INSIDE}),
    ("data_constrained", {}),
    ("data_constrained", {"epochs": 0.4, **INSIDE}),
    ("data_constrained", {"epochs": 1, **INSIDE}),
    ("repetition", REPEAT),
    ("filtering", {}),
    ("filtering", NO_DRAWS),
    ("filtering", ERROR),
    ("filtering", {"pools": ["a", "b", "c", "d", "e"], **INSIDE}),
    ("filtering_switches", SWITCH),
    ("filter_cost", COST),
    ("filter_cost", {**COST, **ERROR, "times_budget": None, "message": "It never catches up."}),
    ("frontier", {}),
    ("pool_worth", {"like_pool": "code", "improvement": 0.008}),
    ("dataset_value", {"wins_from": 4e23}),
    ("mixture", MIX),
    ("mixture", {**MIX, "gain": 0.0}),
    ("pruning", {"keep": "hard", "keep_fraction": 0.75, "approach": "runs"}),
    ("projection", {**MIX, "size_small": 1e10, "size_large": 1e11}),
    ("inverse", {"fixed": "nothing", "loss": 1.95, "flops_low": 3e23, "flops_high": 9e23}),
    ("ladder", {"rung": 2, "share_of_target": 0.013}),
    ("comparison", TWO),
    ("money", PRICE),
    ("money", {**PRICE, "goal": "deadline", "makes_deadline": False}),
    ("money", {**PRICE, "fits": False}),
    ("serving", SERVE),
    ("next_runs", NEXT),
    ("next_runs", {**NEXT, "interval_reduction": 1.01, "target": "pools", "pools": ["code"]}),
    ("response", ASKED),
    ("target", REACH),
    ("optimum", LEAST),
)
"""Rows of plan tables, as what differs from RUN."""
STUDY = 'study = "s"\nruns = "true"\nmetric = "loss"\nlaws = ["chinchilla"]\n'
WRONG = (
    STUDY.replace("chinchilla", "chinchila"),
    STUDY + "drawss = 10\n",
    STUDY + "draws = 1\n",
    STUDY + "[plan]\nflop = [1e20]\n",
    STUDY + "[plan]\nflops = [-1]\n",
    STUDY.replace('"true"', '"colour = 1"'),
)
"""Studies that are refused."""


def sentences() -> list[str]:
    """All of them, in order."""
    return [LONG_LIST.sub(r"\1...", said) for said in (*_plans(), *_refusals(), *_errors())]


def _plans() -> Iterator[str]:
    for table, differs in PLANS:
        said = sentence(table, RUN | differs, "token")
        assert said is not None, table
        yield said
    for group in ([RUN | REPEAT | {"epochs": n, "value_of_repeat": v} for n, v in ((1, 0.9), (4, 0.58), (8, 0.3))],):
        found = outline("repetition", group, "token")
        assert found is not None
        yield found.lead


def _refusals() -> Iterator[str]:
    note = "not identified: size coefficient A and data coefficient B cannot be told apart by these runs"
    yield refusal("chinchilla", "refused", note, "add runs at other values of params (at least 3 levels)")
    yield unused_words([("run-1", None), ("run-2", "no data_unique"), ("run-3", "running")])
    group = {name: 0 for ask in ASKS for name in (*ask.least, *ask.apart)} | {"metric": "loss", "params": 2}
    yield from (f"{ask.question} Needs {', and '.join(ask.lacking(group)[:2])}." for ask in ASKS[:4])


def _errors() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.toml"
        for text in WRONG:
            path.write_text(text)
            try:
                read_study(path)
            except LawbookError as error:
                yield str(error).replace(str(path), "studies/s.toml")
        (Path(folder) / "config.toml").write_text("computee = 1\n")
        try:
            Home.open(folder)
        except LawbookError as error:
            yield str(error).replace(folder, "home")


def main() -> None:
    """Writes the golden file."""
    GOLDEN.write_text("\n".join(sentences()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
