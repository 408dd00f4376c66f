"""What must never be read by others, taken out of a text: keys and passwords in addresses, and values of secret variables."""

import os
import re

HIDDEN = "***"
KEY = r"[\w-]*(?:secret|passw(?:or)?d|passwd|api[_-]?key|access[_-]?key|credential)[\w-]*|[\w-]*[_-]token"
"""Names whose values are secrets wherever they stand. A token alone is also what a corpus is made of: see below."""
SECRET = rf"(?:{KEY}|token|[\w-]*signature|sig|pwd|auth)"
"""Names whose values are secrets in the query of an address."""
_USER = re.compile(r"(?P<scheme>\b[a-zA-Z][a-zA-Z0-9+.-]*://)[^\s/?#'\"]*@")
_BARE = re.compile(r"(?<![\w/.+-])[\w.+-]+:[^\s:@/'\"]+@(?=[\w-]+[.:][\w])")
_QUERY = re.compile(rf"(?P<name>[?&;]{SECRET}=)[^\s&#'\"]+", re.IGNORECASE)
_SETTING = re.compile(
    rf"(?P<name>(?<!\w)(?:{KEY}|token(?==)|pwd(?==))['\"]?\s*[=:]\s*)(?P<quote>['\"]?)[^\s,;'\"&]+(?P=quote)", re.IGNORECASE
)
_HEADER = re.compile(r"(?P<name>\b(?:Bearer|Basic)\s+)[\w.~+/=-]{6,}", re.IGNORECASE)
_NAME = re.compile(r"token(?!s|iz)|secret|passw|api_?key|access_?key|credential|signature|(_KEY|_PAT|_DSN|_AUTH)$", re.IGNORECASE)
_TAG = re.compile(
    r"secret|passw(or)?d|passwd|(api|access|private)_?key|credential|(auth|access|api|hub|hf|bearer|refresh|session)_?token$"
)
"""Settings of a run whose values are secrets; `eos_token` and `tokens` are none."""
SHORTEST = 6
"""Characters from which on the value of a secret variable is looked for: shorter ones are found in ordinary words."""


def redacted(text: str) -> str:
    """The text with every secret that can be told as one replaced by ***; what it is a secret of stays readable."""
    text = _USER.sub(rf"\g<scheme>{HIDDEN}@", text)
    text = _BARE.sub(f"{HIDDEN}@", text)
    text = _QUERY.sub(rf"\g<name>{HIDDEN}", text)
    text = _HEADER.sub(rf"\g<name>{HIDDEN}", text)
    text = _SETTING.sub(rf"\g<name>\g<quote>{HIDDEN}\g<quote>", text)
    for value in secret_values():
        text = text.replace(value, HIDDEN)
    return text


def secret_values() -> list[str]:
    """The values of environment variables whose names say that they are secrets, the longest first."""
    found = {value for name, value in os.environ.items() if _NAME.search(name) and len(value) >= SHORTEST}
    return sorted(found, key=len, reverse=True)


def is_secret(setting: str) -> bool:
    """Whether a run's setting of that name is a secret of whoever trained it: `config.hub_token`, `wandb.api_key`."""
    last = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", setting).rpartition(".")[2].lower()
    return bool(_TAG.search(last.replace("-", "_")))
