"""What a map may say: the schema of its TOML file, which refuses unknown keys."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pipeline.errors import Wrong, meant
from pipeline.ingest.load.units import FACTORS
from pipeline.schema.metrics import FRACTIONS, known

Scalar = str | int | float | bool


class Filter(BaseModel):
    """Which rows are kept."""

    model_config = ConfigDict(extra="forbid")
    keep: str


class Units(BaseModel):
    """What a logged loss is in, and how many bytes a token has (a number, or an expression of the file's columns).

    Every metric that is a fraction may be a key too: "percent" or "fraction".
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Literal["percent", "fraction"]]
    loss: str | None = Field(default=None, pattern=f"^({'|'.join(FACTORS)})$")
    bytes_per_token: float | str | None = None

    @property
    def fractions(self) -> dict[str, str]:
        """Each fraction of which the map says what it is logged in."""
        return dict(self.__pydantic_extra__)

    @model_validator(mode="after")
    def _known(self) -> Self:
        if unknown := [name for name in self.fractions if name not in FRACTIONS]:
            keys = ["loss", "bytes_per_token", *FRACTIONS]
            raise Wrong(f"{unknown[0]!r} is no key of it{meant(unknown[0], keys)}", fix=f"use one of {', '.join(keys)}")
        if self.bytes_per_token is not None and self.loss is None:
            raise Wrong("bytes_per_token without loss", fix="say what the loss is in, as loss = 'bits per byte'")
        return self


class Metrics(BaseModel):
    """Many metric columns at once: `*` in `columns` stands for any text, and in metric, split and task for the same text."""

    model_config = ConfigDict(extra="forbid")
    columns: str
    metric: str
    split: str = ""
    task: str = ""

    def of(self, name: str) -> tuple[str, str, str] | None:
        """Metric, split and task of a column of that name, or None where it is none of these."""
        start, star, end = self.columns.partition("*")
        if not (name.startswith(start) and name.endswith(end) and len(name) > len(start) + len(end)) and (star or name != start):
            return None
        middle = name[len(start) : len(name) - len(end)] if star else ""
        return self.metric.replace("*", middle), self.split.replace("*", middle), self.task.replace("*", middle)


class Goal(BaseModel):
    """Whether less or more of a metric is better, and which values it can take."""

    model_config = ConfigDict(extra="forbid")
    goal: Literal["lower", "higher"]
    range: Literal["fraction", "positive", "any"] = "any"


class MapFile(BaseModel):
    """A map file; see docs/logs.md."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["runs", "measurements", "pools", "pool_members"]
    match: str | list[str] = []
    beside: str = Field(default="", pattern=r"^[^/\\]+\.([jJ][sS][oO][nN]|[tT][oO][mM][lL]|[yY][aA]?[mM][lL])$|^$")
    namespace: str | None = None
    columns: dict[str, str] = {}
    constants: dict[str, Scalar] = {}
    metrics: list[Metrics] = []
    filter: Filter | None = None
    units: Units | None = None
    goals: dict[str, Goal] = {}
    tags: list[str] = []
    delimiter: str | None = None
    pattern: str | None = None
    skip: int = 0
    pools: list[dict[str, Scalar]] = []
    pool_members: list[dict[str, Scalar]] = []

    @field_validator("goals")
    @classmethod
    def _goals(cls, value: dict[str, Goal]) -> dict[str, Goal]:
        for name, said in value.items():
            found = known(name)
            if found is not None and found.firm and found.goal != said.goal:
                better = f"{found.goal} is better" if found.goal else "a quantity that is neither better low nor high"
                raise Wrong(f"{name} is known: {better}", fix="remove its goal, or log other values under another name")
        return value


def literal_rows(body: MapFile, table: str) -> list[dict[str, Any]]:
    """The rows of pools or pool_members that the map declares itself."""
    rows = body.pools if table == "pools" else body.pool_members
    dataset = {"dataset": body.constants["dataset"]} if table == "pools" and "dataset" in body.constants else {}
    return [{**dataset, **row} for row in rows]
