"""Columns of a run in an unknown table, as expressions: counts in millions, with a letter behind them or with commas in them."""

import re
from collections.abc import Mapping, Sequence

from pipeline.readers.drafts.first_rows import numbers
from pipeline.readers.names import MULTIPLES, RUN_COLUMNS, multiple
from pipeline.schema import RUNS

BATCH_TOKENS = "batch of tokens"
"""No column of a run: its batch and the length of its sequences follow from it."""
ALIASES = {
    "params": "model_size size model_params parameters num_params_total",
    "data_seen": "data train_data token_count n_train_tokens",
    "data_unique": "dataset_size unique_data data_size",
    "flops": "compute train_compute training_compute compute_budget flops_budget flop_budget budget_flops compute_flops flop",
    "epochs": "epochs_run epochs_trained total_epochs",
    "batch_size": "batch bs batchsize bsz gbs gbsz global_bs global_bsz global_batch",
    "sequence_length": "block n_ctx ctx ctx_len context_len seqlen sequence_len",
    "accelerator_count": "gpus devices n_devices num_devices accelerators chips",
    "data_per_second": "tokens_per_s tokens_s tokens/s tok/s tok_s samples_per_s samples/s throughput",
    BATCH_TOKENS: "batch_tokens tokens_per_batch batch_size_tokens batch_size_in_tokens global_batch_tokens",
}
"""Names that mean a column of a run in a table of people's own: too loose for a reader, good enough for a draft."""
LETTERS = {"N": "params", "D": "data_seen", "C": "flops"}
"""The letters of papers, for columns that hold large numbers."""
OF_TRAINING = re.compile(
    r"(?:n|num|number_of)_train(?:ing)?(?:_[a-z]+s)?|train(?:ing)?_(?:set_size|size|[a-z]+s_count)|"
    r"(?:n|num|number_of)_(?:images|lines|sentences|documents|pairs)|train(?:ing)?_(?:samples|examples|images|lines|sentences|pairs)"
)
"""Names of how large a training set is: unique data, of which a run sees as much for each epoch."""
NOT_DATA = re.compile(
    r"_(?:steps|epochs|iters|iterations|batches|tokens|hours|gpus|devices|layers|params|parameters|runs|seconds)$"
)
KNOWN = RUN_COLUMNS | {alias: name for name, aliases in ALIASES.items() for alias in aliases.split()}
LEAST = 1e4
"""A column called N holds sizes where its numbers are larger."""
COUNTED_IN = re.compile(r"(?P<name>.+?)_(?:in_)?(?P<of>[kmbt]|bn|thousands?|millions?|billions?|trillions?)")
INSIDE = re.compile(r"(?:params?|user_attrs|config|cfg|hparams|hp|hyperparameters|args|settings)[_/.](?P<name>.+)")
"""A name below which a table of a tracker or a search keeps the settings of its runs: `params_lr`, `config/n_layer`."""
WITH_LETTER = re.compile(r"[-+]?[\d.]+(?:e[-+]?\d+)?\s*(?P<of>[KMGTkmgt]|[Bb]n?)")
WITH_COMMAS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def drafted_counts(values: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Columns of runs by what the table calls them, as expressions; of several names of one column the first."""
    found: dict[str, str] = {}
    for name, given in values.items():
        column, factor = column_of(name)
        if name in LETTERS and min(numbers(given), default=0.0) > LEAST:
            column = LETTERS[name]
        if column and (_amounts(given) or (name not in LETTERS and column_of(name, RUN_COLUMNS)[0])):
            found.setdefault(column, as_count(name, given, factor))
    return found


def _amounts(values: Sequence[str]) -> bool:
    """Whether all values are numbers, in whatever form people write them."""
    plain = [value for value in values if not (WITH_LETTER.fullmatch(value) or WITH_COMMAS.fullmatch(value))]
    return bool(values) and (not plain or bool(numbers(plain)))


def column_of(name: str, known: Mapping[str, str] = KNOWN) -> tuple[str | None, float]:
    """The column of a run that a name means, and the multiple that it says: (`data_seen`, 1e9) of `Tokens (B)`, `tokens_b`."""
    said, factor = multiple(name)
    plain = re.sub(r"[\s\-.]+", "_", said.strip().lstrip("#").strip()).lower()
    if factor == 1 and plain not in known and (counted := COUNTED_IN.fullmatch(plain)):
        plain, factor = counted["name"], MULTIPLES[counted["of"]]
    last = re.split(r"[./]", said)[-1].lower()
    inner = found["name"] if plain not in known and (found := INSIDE.fullmatch(plain)) else ""
    column = (
        known.get(plain)
        or known.get(last)
        or known.get(inner)
        or ("data_unique" if known is KNOWN and is_training_set(last) else None)
    )
    return (column, factor) if column in RUNS or column == BATCH_TOKENS else (None, 1.0)


def is_training_set(name: str) -> bool:
    """Whether a column of that name says how large a training set is."""
    return OF_TRAINING.fullmatch(name) is not None and NOT_DATA.search(name) is None


def as_count(name: str, values: Sequence[str], factor: float = 1.0) -> str:
    """A column as a count: letters behind its numbers, commas in them and the multiple that its name says become factors."""
    text = quoted(name)
    letters = {found["of"]: MULTIPLES[found["of"].lower()] for value in values if (found := WITH_LETTER.fullmatch(value))}
    if letters and factor == 1:
        return f"CASE {' '.join(_case(text, of, by) for of, by in letters.items())} ELSE CAST(trim({text}) AS DOUBLE) END"
    if any(WITH_COMMAS.fullmatch(value) for value in values):
        text = f"CAST(replace({text}, ',', '') AS DOUBLE)"
    return _times(text, factor)


def _case(text: str, letter: str, factor: float) -> str:
    return f"WHEN {text} LIKE '%{letter}' THEN {_times(f'CAST(replace({text}, {letter!r}, {str()!r}) AS DOUBLE)', factor)}"


def _times(text: str, factor: float) -> str:
    return text + (f" * {factor:.0e}".replace("e+0", "e").replace("e+", "e") if factor != 1 else "")


def quoted(name: str) -> str:
    """A column in an expression: in double quotes where it is no plain name."""
    return name if name.isidentifier() and name.isascii() else '"' + name.replace('"', '""') + '"'
