"""The sections of the results page that studies give, in one place: which study, and what of it is varied."""

from __future__ import annotations

from tests.shared_fits.by_studies import Case, OfStudies, constants, ranked, scored

LADDER = ("hellaswag_val", "arc_easy_test", "arc_challenge_test", "piqa_val", "csqa_val", "socialiqa_val", "openbookqa_test")
CHANCE = {
    "sloth_v1": {"arc": 0.25, "hellaswag": 0.25, "mmlu": 0.25, "truthfulqa": 0.0, "winogrande": 0.5, "gsm8k": 0.0},
    "sloth_v2": {"ifeval": 0.0, "bbh": 0.25, "math": 0.0, "mmlu-pro": 0.1, "gpqa": 0.25, "musr": 0.25},
}
"""Score of a guess; truthfulqa (several right answers) is taken to have none, and that of bbh and musr is a rough mean."""
ROUTERS = ("S-Base", "RL-R", "Hash")
IN_COMPUTE = '{ capability = "ln(flops / 1e22) / 2" }'
"""Compute, about standardised, in the place of what other benchmarks say."""


def of_router(router: str) -> dict[str, str]:
    picked = f"namespace = 'routing' AND architecture IN ('{router}', 'Dense') AND tags['k'] = '1'"
    return {"runs": f"\"{picked} AND tags['routing_frequency'] = '0.5'\""}


def of_board(board: str, task: str) -> dict[str, str]:
    raw = " AND tags['scores'] = 'raw'" if board == "sloth_v2" else ""
    derive = f'{{ members = {{ one_of = "recipe" }}, chance = "{CHANCE[board][task]}" }}'
    return {"runs": f"\"namespace = '{board}' AND recipe IS NOT NULL{raw}\"", "task": f'"{task}"', "derive": derive}


RATES = OfStudies(
    "Step Law's 1911 raw runs: the settings of the runs within .25 % of their cell's least loss (`rate-and-batch`).",
    "steplaw_dense",
    (Case("step_law_rate, step_law_batch", "rate-and-batch", constants, reference="77.69, -.7662, .1970; .2085, .6125"),),
)
REPEATS = OfStudies(
    """CLIP models on 80 M and 400 M repeated samples: final errors at 3 and 13 billion samples seen forecast those at 34 billion
(`repeated-samples`). Batch size and learning rate differ between the runs. `logarithmic_repetition` was chosen with these six
cases in sight, among saturating, power, square-root and logarithmic forms of the worth of a repeat.""",
    "openclip_repetition",
    (Case("error at 34 billion samples, six runs", "repeated-samples", scored("logarithmic_repetition")),),
)
MIXTURES = OfStudies(
    """RegMix: mixture laws trained on 512 mixtures at 1 M parameters, ranking other mixtures at 1 M, 60 M and 1 B by the Pile-CC
loss (`mixture-of-domains`). effective_mixing is this project's own form, chosen among five with the 1 B ranks in sight; the
published exponential law is not.""",
    "regmix",
    tuple(
        Case(f"{law}: Spearman on Pile-CC", "mixture-of-domains", ranked, {"laws": f'["{law}"]'}, ">= .98 at 1 B")
        for law in ("linear_mixing", "exponential_mixing", "effective_mixing")
    ),
)
ROUTED = OfStudies(
    "The bilinear law of each router, with and without saturation of the experts (`routed-models`); natural logarithms.",
    "routing",
    tuple(Case(router, "routed-models", constants, of_router(router)) for router in ROUTERS),
)
TASKS = OfStudies(
    """OLMo's ladder of 190 M to 1.3 B parameters: size and data to task loss (chinchilla on finished runs), task loss to score
(ladder_score, all points after the first tenth), on 7 B after 4 T and 13 B after 5 T tokens (`task-ladder`). Of
`ladder_score` the error given the task loss that was logged.""",
    "olmo_ladder",
    tuple(
        Case(
            task,
            "task-ladder",
            scored("chained", "ladder_score", "chinchilla"),
            {
                "task": f'"{task}_rc_5shot_len_norm"',
                "derive": f'{{ task_loss = "metric:bits_per_byte@test/{task}_rc_5shot" }}',
            },
        )
        for task in LADDER
    ),
)
SKILLS = OfStudies(
    """The largest model of each family of three sizes and more, forecast from its smaller ones and from other families
(`skills-of-families`): one level a family, slopes that all share; beside it one level for all. Of leaderboard v2 the
raw scores.""",
    "sloth",
    tuple(
        Case(
            f"{board}, {task}",
            "skills-of-families",
            scored("family_skill", "sloth_skill"),
            of_board(board, task) | {"laws": '["family_skill", "sloth_skill"]'},
        )
        for board, tasks in CHANCE.items()
        for task in tasks
    ),
)
OBSERVED = OfStudies(
    """Benchmarks of public base models from what other benchmarks of the same models share (`observational`), on families A to F
left out, and beyond 8.4e22 FLOP from less; beside it the same logistic in ln compute.""",
    "obs_scaling",
    tuple(
        Case(
            f"{task}, {split}, {way}",
            "observational",
            scored("observational"),
            {"task": f'"{task}"', "held_out": f'"{out}"'} | how,
        )
        for task in ("gsm8k", "humaneval", "mmlu")
        for split, out in {"families A to F": "recipe < 'G'", "beyond 8.4e22 FLOP": "flops > 8.4e22"}.items()
        for way, how in {"capability": {}, "ln compute": {"derive": IN_COMPUTE}}.items()
    ),
)
