"""What a home declares and nobody can read: studies, maps and laws, each with the words of its error."""

from collections.abc import Iterator

from pipeline.errors import LawbookError
from pipeline.home import Home
from pipeline.ingest.maps.maps import MapBook
from pipeline.refit.idle import Idle


def declaration_errors(home: Home) -> Iterator[LawbookError]:
    """The error of each file that is no valid law, map or study. Laws come first: a study may name one.

    What a refit without an error has read, and nobody has touched since, has none: reading laws takes the libraries of a fit.
    """
    if Idle(home).kept_answer() is not None:
        yield from MapBook(home).errors
        return
    from pipeline.laws import load_user_laws
    from pipeline.study.studies import load_studies

    yield from load_user_laws(home.laws)
    yield from MapBook(home).errors
    yield from load_studies(home)[1]
