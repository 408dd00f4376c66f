"""Every format as its tool writes it, with what its row of the table in docs/formats.md promises: `FORMS` of each file here."""

from pipeline.discovery import modules_below
from tests.readers.forms.form import COLUMNS, Form

_FOUND = [each for module in modules_below(__name__, __path__).values() for each in getattr(module, "FORMS", ())]
FORMS: dict[str, Form] = {form.title: form for form in _FOUND}

__all__ = ["COLUMNS", "FORMS", "Form"]
