"""The families of the law book as assets: which laws compete, what each assumes, and how well each fitted a study."""

from collections.abc import Iterator

import dagster as dg

from assets.metadata import OWNERS, records, versioned
from assets.runs import study
from pipeline.laws import laws
from pipeline.laws.families import families, members
from pipeline.refit.stages import Fitted


def _spec(family: str) -> dg.AssetSpec:
    own = [name for name, home in members().items() if home == family]
    assumed = {law.name: f", assumes {law.assumes.rstrip('.')}" for law in families().get(family, ())}
    lines = "\n".join(f"- `{name}`{assumed.get(name, '')}: {laws[name].source}" for name in own)
    return dg.AssetSpec(
        f"family_{family}",
        partitions_def=study,
        deps=["fits"],
        group_name="law_families",
        owners=OWNERS,
        kinds={"sympy"},
        tags={"lawbook/floor": "laws", "lawbook/family": family},
        description=f"The {len(own)} laws of the family {family.replace('_', ' ')}, by study that they are fitted to.\n\n{lines}",
    )


LAW_FAMILIES = [_spec(family) for family in dict.fromkeys(members().values())]


def family_events(name: str, fitted: Fitted) -> Iterator[dg.AssetMaterialization]:
    """What `fits` reports of each family that has a fit of the study: its laws side by side, and their errors over time."""
    for family, rows in fitted.by_family().items():
        errors = {f"{row['law']}: {what}": row[what] for row in rows for what in ("rmse", "extrapolation_error")}
        known = {key: float(value) for key, value in errors.items() if value is not None}
        metadata = {"dagster/row_count": len(rows), "fits": records(rows), **known}
        yield versioned(f"family_{family}", name, fitted.parameters_version, metadata)
