"""Every format as its tool writes it, with what its row of the table in docs/formats.md promises."""

from tests.readers.forms.consoles import CONSOLES
from tests.readers.forms.evaluations import EVALUATIONS
from tests.readers.forms.form import COLUMNS, Form
from tests.readers.forms.trackers import TRACKERS
from tests.readers.forms.trainers import TRAINERS
from tests.readers.forms.weights_and_biases import WANDB

FORMS = {form.title: form for form in (*WANDB, *TRACKERS, *TRAINERS, *EVALUATIONS, *CONSOLES)}

__all__ = ["COLUMNS", "FORMS", "Form"]
