"""What the macro `predict` of a published file is made of."""

from pipeline.laws import laws
from pipeline.store.publication.prediction_macro import predict_macro


def head(macro: str) -> str:
    """The macro up to its body: name and arguments."""
    return macro.partition(" AS TABLE")[0]


def test_the_macro_calls_the_laws_of_current_fits_alone() -> None:
    made = predict_macro(["chinchilla", "gadre", "combined", "a law that left the book"])
    assert [name for name in laws if f'"{name}"(' in made] == [name for name in laws if name in ("chinchilla", "gadre")]


def test_the_macro_takes_the_columns_of_every_law_whatever_was_fitted() -> None:
    assert head(predict_macro(())) == head(predict_macro(list(laws)))
