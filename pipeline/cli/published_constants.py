"""lawbook plan --published LAW/SETTING: a plan from constants that a paper printed, for those who have no runs yet."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from pipeline.cli.spoken import say

BUDGETS = ("flops", "params", "data_seen", "data_unique", "epochs", "loss")
"""Keys of [plan] that the command takes, each one or several numbers."""
DEVICES = ("accelerator", "accelerator_count")
"""Keys of [plan] that say on what, each one value."""
INDEPENDENT = (
    "Each constant varies within its printed interval. How they vary together is not printed, so that these intervals are wider "
    "than the paper's own."
)
NO_INTERVAL = "No interval is printed with these constants, so the plan has none either."


def arguments(own: ArgumentParser) -> None:
    """Those of `lawbook plan` that ask for published constants."""
    own.add_argument(
        "--published", metavar="LAW/SETTING", help="plan from published constants, without runs: chinchilla/besiroglu"
    )
    for name in BUDGETS:
        words = f"with --published: {name.replace('_', ' ')}"
        own.add_argument(f"--{name.replace('_', '-')}", type=float, nargs="+", metavar="X", help=words)
    own.add_argument("--accelerator", metavar="NAME", help="with --published: a device of data/hardware.toml, like h100-sxm")
    own.add_argument("--accelerator-count", type=int, metavar="N", help="with --published: on how many of them")


def run(options: Namespace) -> int:
    """Prints what the constants stand on and what they say at the budgets."""
    from pipeline.cli.plan_text import published_text
    from pipeline.fitting.published import constants_named
    from pipeline.planning.from_constants import published_plans

    law, one = constants_named(options.published)
    wanted = {name: getattr(options, name) for name in (*BUDGETS, *DEVICES) if getattr(options, name)}
    plans = {table: rows.to_dicts() for table, rows in published_plans(options.published, wanted).items()}
    about = [
        f"{law.name}: {law.question}",
        f"From published constants, not from your runs: {one.setting} ({one.reference or law.source}).",
        INDEPENDENT if one.low else NO_INTERVAL,
    ]
    say(options, {"law": law.name, "setting": one.setting, "plans": plans}, published_text(about, plans, options.all))
    return 0
