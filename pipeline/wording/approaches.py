"""Approaches to the compute-optimal size that contradict each other, in words."""

from pipeline.schema.numbers_in_words import Row, amount, spread

NAMES = {
    "envelope": "the envelope of training curves says",
    "isoflop_parabola": "the isoFLOP profiles (parabola) say",
    "isoflop_cubic": "the isoFLOP profiles (cubic) say",
    "parametric": "the law says",
}


def disagreement(row: Row) -> str:
    """What each approach says of the size where their intervals do not meet; nothing where they do."""
    if not row.get("apart"):
        return ""
    sizes = zip(*(row[name] for name in ("apart", "apart_params", "apart_least", "apart_most")), strict=True)
    said = [
        f"{NAMES.get(approach, f'{approach} says')} {amount(size)}{spread({'size_low': low, 'size_high': high}, 'size', amount)}"
        for approach, size, low, high in sizes
    ]
    return f"The approaches disagree on the parameters: {', '.join(said)}."
