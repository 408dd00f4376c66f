"""Worked values of laws for which the reference works none, or few: points where every power and logarithm is plain.

A row: (claim, law, setting, arguments, expected, tolerance). A new law declares its own in `Law.worked` instead.
"""

import math
from typing import Any

Case = tuple[str, str, str | None, dict[str, Any], float, float]
E_10 = math.exp(10)


def _reference() -> list[Case]:
    """Values that the reference does give."""
    small, large = (f"neural machine translation, LSTM with {n} hidden units, token error" for n in (208, 512))
    curve = [(20, 0.670208, 0.655938, 0.638312), (23, 0.522547, 0.500024, 0.487115), (27, 0.438852, 0.398360, 0.339700)]
    composite = {"E": 0.0, "A": 3.87, "alpha": 0.13}
    chinchilla = [
        ("rounded", {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28}, 1.936645),
        ("refitted", {"E": 1.81686, "A": 482.006, "B": 2085.434, "alpha": 0.34781, "beta": 0.36585}, 1.973416),
    ]
    pool = {"share": [1.0], "unique": [12.8e6], "size": [12.8e6], "d": 0.1}
    top = {"a": 0.025, "b": [-0.16], "tau": [6.7272727], **pool}
    data = {"a": 0.022, "b": [-0.1822727], "tau": [4.0], **pool}
    path = [(12.8e6, 0.928026), (64e6, 0.754205), (128e6, 0.713665), (640e6, 0.692306)]
    return [
        *((f"small model at 2^{k}", "learning_curve", small, {"data_seen": 2.0**k}, v, 6e-7) for k, v, *_ in curve),
        *((f"large model at 2^{k}", "learning_curve", large, {"data_seen": 2.0**k}, v, 6e-7) for k, _, v, _ in curve),
        *((f"best model at 2^{k}", "learning_curve", None, {"data_seen": 2.0**k, **composite}, v, 6e-7) for k, *_, v in curve),
        *((f"{n}", "chinchilla", None, {"params": 70e9, "data_seen": 1.4e12, **c}, v, 6e-7) for n, c, v in chinchilla),
        ("a pool twice", "repeated_utility", None, {"data_seen": 25.6e6, **top}, 0.851150, 6e-7),
        ("a pool twice, as released", "repeated_utility_released", None, {"data_seen": 25.6e6, **top}, 0.841630, 6e-7),
        *((f"{n:g} samples of one pool", "effective_data", None, {"data_seen": n, **data}, v, 2e-6) for n, v in path),
        ("10 000 from 1000 and 1500", "projektor_size", None, PROJEKTOR, 0.727155, 6e-7),
        ("1e16 FLOP", "deepseek_rate", None, {"flops": 1e16, "coefficient": 0.3188, "compute_exponent": -0.125}, 3.188e-3, 1e-12),
        *_verifier(),
    ]


PROJEKTOR = {"data_seen": 1e4, "size_small": 1e3, "size_large": 1.5e3, "score_small": 0.50, "score_large": 0.54}
VERIFIER = {"easy_share": 0.58, "r_easy": 0.87, "r_hard": 0.13, "completeness": 1.0, "soundness": 0.75}


def _verifier() -> list[Case]:
    curve = [(1, 0.559200, 0.110200), (2, 0.644025, 0.171644), (5, 0.697647, 0.252671), (10, 0.714038, 0.280087)]
    rewards = [(-0.7, 1, 0.48206), (-0.7, 2, 0.52387), (-0.7, 3, 0.52457), (-1.0, 2, 0.47238), (-2.0, 1, 0.33880)]
    free = {"value_right": 1.0, "cost_attempt": 0.0, **VERIFIER}
    return [
        *((f"right after {k}", "verifier_accuracy", None, {"attempts": k, **VERIFIER}, v, 6e-7) for k, v, _ in curve),
        *((f"wrong after {k}", "verifier_flukes", None, {"attempts": k, **VERIFIER}, v, 6e-7) for k, _, v in curve),
        *((f"{k} at {w}", "verifier_reward", None, {"attempts": k, "value_wrong": w, **free}, v, 6e-6) for w, k, v in rewards),
    ]


def _training() -> list[Case]:
    size = {"params": 1e4, "alpha": 0.5, "A": 100.0}
    broken = {"flops": 1e4, "break_1": 1e4, "slope": 0.25, "amplitude": 100.0, "change_1": 0.5, "width_1": 2.0, "E": 0.5}
    farseer = {"size_slope": 0.5, "size_power": 0.5, "size_offset": -1.0, "weight_slope": 0.5, "weight_power": 0.5}
    farseer |= {"weight_offset": 1.0, "rate_slope": -0.5, "rate_power": 0.5, "rate_offset": 1.0}
    kaplan = {"params_nonembedding": 1e4, "N_scale": 1e14, "alpha_size": 0.1, "D_scale": 1e12, "alpha_data": 0.1}
    experts = {"size_slope": -0.1, "expert_slope": -0.1, "interaction": 0.005, "intercept": 2.5, "params_nonembedding": E_10}
    drop = {"lr_drop": [1e-4], "lr_after": [1e-4], "lr_since": [0.03], "relaxation": 1.0, "beta": 0.5, "gamma": 0.5, "B": 100.0}
    area = {"s1": 4.0, "A": 1.0, "alpha": 0.5}
    vocabulary = {"size_weight": 100.0, "vocabulary_weight": 200.0, "data_weight": 1e3, "E": -5.0, "params_vocabulary": 1e4}
    vocabulary |= {"params_nonembedding": 1e4, "data_seen": 1e6} | dict.fromkeys(
        ("size_exponent", "vocabulary_exponent", "data_exponent"), 0.5
    )
    return [
        ("endless data", "kaplan_size_data", None, {"data_seen": 1e300, **kaplan}, 10.0, 1e-11),
        ("size and data alike", "kaplan_size_data", None, {"data_seen": 100.0, **kaplan}, 10 * 2**0.1, 1e-11),
        ("a root", "hestness_params", None, {"data_unique": 1e4, "coefficient": 10.0, "growth": 0.5}, 1e3, 1e-9),
        ("at its break", "broken_power_law", None, broken, 5.5, 1e-12),
        (
            "at its first break",
            "broken_power_law_two",
            None,
            {**broken, "spacing_2": 999.0, "change_2": -3.0, "width_2": 1 / 3},
            5.500000005,
            1e-12,
        ),
        ("data of e squared", "farseer", None, {"params_nonembedding": 4.0, "data_seen": math.exp(2), **farseer}, 2.0, 1e-12),
        (
            "a size and an annealing",
            "annealing_size",
            None,
            {**area, "s2": 0.2, "annealing_gain": 0.5, "params_nonembedding": 1e4, "B": 100.0, "beta": 0.5, "E": 2.0},
            3.4,
            1e-12,
        ),
        ("one drop, half relaxed", "multi_power_law", None, {**area, **drop, "E": 3.0}, 3.495, 1e-12),
        ("1e20 FLOP", "deepseek_batch", "dense models, compute without embeddings", {"flops": 1e20}, 0.292 * 10**6.542, 1e-6),
        (
            "a huge model",
            "porian_rate",
            None,
            {"params_nonembedding": 1e25, "coefficient": 3.7, "size_exponent": -0.36},
            3.7e-9,
            1e-20,
        ),
        ("1e10", "porian_batch", None, {"params_nonembedding": 1e10, "coefficient": 0.7576, "size_exponent": 0.7}, 7.576e6, 1e-6),
        (
            "e to the tenth",
            "openai_rate",
            None,
            {"params_nonembedding": E_10, "rate_at_one": 3.239e-3, "rate_fall": 1.395e-4},
            1.844e-3,
            1e-15,
        ),
        ("three equal parts", "vocabulary", None, vocabulary, -1.0, 1e-12),
        ("a root", "vocabulary_best", None, {"params_nonembedding": 1e4, "coefficient": 2.0, "growth": 0.5}, 200.0, 1e-9),
        ("one expert", "routing", None, {"experts": 1.0, **experts}, math.exp(1.5), 1e-12),
        ("e experts", "routing", None, {"experts": math.e, **experts}, math.exp(1.45), 1e-12),
        (
            "one expert is worth the first",
            "routing_saturating",
            None,
            {"experts": 1.0, "experts_first": math.e, "experts_last": 300.0, **experts},
            math.exp(1.45),
            1e-12,
        ),
        ("16 hours", "languini", None, {"accelerator_hours": 16.0, "coefficient": 3.0, "alpha": 0.25}, 1.5, 1e-12),
        ("at its scale", "time_series_compute", None, {"flops": 1e20, "scale": 1e30, "alpha": 0.1}, 10.0, 1e-11),
        (
            "fresh data",
            "data_constrained",
            None,
            {**size, "B": 100.0, "beta": 0.5, "E": 1.0, "data_seen": 1e4, "data_unique": 1e4, "Rd": 15.0, "Rn": 5.0},
            3.0,
            1e-12,
        ),
    ]


def _pools() -> list[Case]:
    fresh = {"share": [1.0], "unique": [1e8], "data_seen": 1e8, "q": [1.0], "R": [4.0], "D1": 1e8}
    loss = {"share": [1.0], "unique": [1e4], "data_seen": 1e4, "q": [1.0], "R": [4.0], "B": 100.0, "beta": 0.5, "E": 1.0}
    source = {"transport_distance": 10.0, "share": [1.0], "b0": -0.02, "c0": 0.8, "b1": [0.02], "b2": [0.01], "c1": [0.1]}
    half = {"share": [0.5, 0.5]}
    return [
        ("fresh data of the scale", "pooled_effective_data", None, {**fresh, "d": 0.1, "b": 1.0}, 0.55, 1e-12),
        (
            "fresh data of the scale",
            "annealed_effective_data",
            None,
            {**fresh, "data_planned": 1e8, "kappa": 0.0, "g": 1.0, "R": 4.0, "rho": 0.3},
            0.5,
            1e-12,
        ),
        ("fresh data", "pooled_effective_loss", None, {**loss, "params": 1e4, "A": 100.0, "alpha": 0.5}, 3.0, 1e-12),
        (
            "fresh data at a billion parameters",
            "pooled_effective_loss_by_size",
            None,
            {**loss, "params": 1e9, "A": 1e3, "alpha": 1 / 3, "gq": [0.3], "gR": [0.2]},
            3.0,
            1e-12,
        ),
        (
            "a logarithm of one",
            "logarithmic_repetition",
            None,
            {"data_seen": 1e9 * (math.e - 1), "data_unique": 1e9, "a": 0.35, "b": 0.1},
            0.35,
            1e-12,
        ),
        ("one source", "projektor", None, {**source, "c2": [0.05]}, 1.05, 1e-12),
        ("one source", "projektor_released", None, source, 1.0, 1e-12),
        ("halves", "exponential_mixing", None, {**half, "E": 2.0, "pull": [0.0, 2 * math.log(2)]}, 4.0, 1e-12),
        ("halves", "effective_mixing", None, {**half, "E": 2.0, "weight": [0.36, 0.14], "beta": 0.5}, 4.0, 1e-12),
        ("halves", "linear_mixing", None, {**half, "alone": [3.0, 4.0]}, 3.5, 1e-12),
    ]


def _downstream() -> list[Case]:
    link = {"slope": 1.0, "intercept": -1.5}
    skill = {"params": 1e9, "data_seen": 1e12, "chance": 0.25, "intercept": 0.0, "size_slope": 0.5, "data_slope": 0.3}
    return [
        ("half of the problems", "coverage", None, {"samples": 4.0, "missing": 2 * math.log(2), "beta": 0.5}, 0.5, 1e-12),
        ("half of the ceiling", "observational", None, {"capability": 1.5, "ceiling": 0.9, **link}, 0.45, 1e-12),
        (
            "e to the fiftieth",
            "capability_compute",
            None,
            {"flops": math.exp(50), "efficiency": 0.6, "intercept": -29.0},
            1.0,
            1e-12,
        ),
        ("half above chance", "sloth_skill", None, {**skill, "interaction": 0.02}, 0.625, 1e-12),
        (
            "at the midpoint",
            "ladder_score",
            None,
            {"task_loss": 0.75, "midpoint": 0.75, "score_floor": 0.25, "score_rise": 0.7, "steepness": 6.0},
            0.6,
            1e-12,
        ),
        (
            "decades of store and compute",
            "datastore",
            None,
            {"datastore_tokens": 1e12, "flops": 1e22, "intercept": -1.5, "store_slope": 0.03, "train_slope": 0.08},
            0.62,
            1e-12,
        ),
        ("ten million", "cnn_runtime", None, {"activations": 1e7, "overhead": 1.0, "per_activation": 1e-6}, 11.0, 1e-12),
    ]


MORE = [*_reference(), *_training(), *_pools(), *_downstream()]
