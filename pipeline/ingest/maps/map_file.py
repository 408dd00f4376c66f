"""What a map may say: the schema of its TOML file, which refuses unknown keys."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pipeline.ingest.load.units import FACTORS
from pipeline.schema.metrics import known

Scalar = str | int | float | bool


class Filter(BaseModel):
    """Which rows are kept."""

    model_config = ConfigDict(extra="forbid")
    keep: str


class Units(BaseModel):
    """What a logged loss is in, and how many bytes a token has (a number, or an expression of the file's columns)."""

    model_config = ConfigDict(extra="forbid")
    loss: str = Field(pattern=f"^({'|'.join(FACTORS)})$")
    bytes_per_token: float | str | None = None


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
                raise ValueError(f"{name} is known: {better}; remove its goal, or log other values under another name")
        return value


def literal_rows(body: MapFile, table: str) -> list[dict[str, Any]]:
    """The rows of pools or pool_members that the map declares itself."""
    rows = body.pools if table == "pools" else body.pool_members
    dataset = {"dataset": body.constants["dataset"]} if table == "pools" and "dataset" in body.constants else {}
    return [{**dataset, **row} for row in rows]
