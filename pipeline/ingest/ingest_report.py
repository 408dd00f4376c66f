"""What one ingest did: its counts, why rows were refused, and what went wrong, for people and as JSON."""

from dataclasses import dataclass, field

from pipeline.ingest.load.batch import Account
from pipeline.terminal import counted


@dataclass(frozen=True)
class Withdrawn:
    """What corrected maps took back: their files, the runs and values that nothing says any longer, and series that stay."""

    files: int
    runs: int
    values: int
    held: int
    """Series of which a file that is gone has values, too: what was said of them stays."""

    def summary(self) -> str:
        """In one line."""
        files, gone = counted(self.files, "file"), f"{counted(self.values, 'value')} and {counted(self.runs, 'run')}"
        line = f"{files} read with another map than before: {gone} of the earlier reading withdrawn (the history keeps them)"
        if self.held:
            line += f"; {counted(self.held, 'metric')} of runs stay, since a file that is gone gave values of them, too"
        return line


@dataclass
class IngestReport:
    """What one ingest did. rows = ingested + duplicates + filtered + quarantined."""

    files: int = 0
    unchanged: int = 0
    refused_files: int = 0
    totals: Account = field(default_factory=Account)
    reasons: dict[str, int] = field(default_factory=dict)
    shared_ids: dict[str, list[str]] = field(default_factory=dict)
    """New run ids that stand in several namespaces, with these: different runs, unless somebody meant one."""
    unread: dict[str, str] = field(default_factory=dict)
    """Logs and folders that the disk did not give, with what it said and the fix; the next ingest tries again."""
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0
    withdrawn: Withdrawn | None = None
    """What corrected maps took back."""

    @property
    def quarantined(self) -> int:
        """Rows refused."""
        return self.totals.quarantined

    def to_json(self) -> dict[str, object]:
        """The report as plain values."""
        plain = {key: value for key, value in vars(self).items() if key not in ("totals", "withdrawn")}
        return {**self.totals.as_dict(), **plain, "withdrawn": vars(self.withdrawn) if self.withdrawn else None}

    def summary(self) -> str:
        """The report in one or a few lines."""
        t = self.totals
        lines = [
            f"{counted(self.files, 'file')} ingested, {self.unchanged} unchanged: {counted(t.rows, 'row')}; "
            f"{counted(t.runs, 'run')} and {counted(t.measurements, 'measurement')} new or changed, "
            f"{counted(t.duplicates, 'duplicate')}, {t.filtered} filtered, {t.quarantined} quarantined"
            + (f", {counted(t.cells, 'cell')} rejected in rows that are ingested without them" if t.cells else "")
        ]
        lines += [f"  {counted(count, 'row')}: {reason}" for reason, count in sorted(self.reasons.items())]
        if self.withdrawn:
            lines.append(f"  {self.withdrawn.summary()}")
        if self.shared_ids:
            name, namespaces = next(iter(self.shared_ids.items()))
            example = f"{name!r} in {', '.join(namespaces)}"
            lines.append(f"  {len(self.shared_ids)} run ids stand in several namespaces and are kept apart, as {example}")
        return "\n".join(lines + [f"  {error}" for error in self.errors])
