"""The worked values of the reference, each to the digits that it gives: (claim, law, setting, arguments, expected, digits)."""

from collections.abc import Callable
from typing import Any

import pytest
from worked_values import MORE

from pipeline.laws import laws

PF_DAY = 8.64e19
BESIROGLU = {"E": 1.81686, "A": 482.006, "B": 2085.434, "alpha": 0.34781, "beta": 0.36585}
SMALL = {"N_scale": 1.5e14, "S_scale": 2.6e3, "alpha_size": 0.076, "alpha_step": 0.67}
RAG = {
    "document_slope": 0.10,
    "shot_slope": 0.05,
    "iteration_slope": 0.30,
    "document_gain": 2.0,
    "shot_gain": 1.5,
    "intercept": -2.0,
}
FIRST_TASK, SECOND_TASK = {"gain_documents": 0.15, "gain_shots": 0.05}, {"gain_documents": 0.05, "gain_shots": 0.10}

Case = tuple[str, str, str | None, dict[str, Any], float, float]


def _gadre() -> list[Case]:
    rows = [("RedPajama", 1.4e9, 640, 2.525071), ("RedPajama", 6.9e9, 20, 2.442491), ("C4, C4 validation", 1.4e9, 640, 2.389834)]
    rows += [
        ("C4, C4 validation", 6.9e9, 20, 2.279611),
        ("RefinedWeb", 1.4e9, 640, 2.502536),
        ("RefinedWeb", 6.9e9, 20, 2.414707),
    ]
    loss = [(f"over-trained {s} loss, M={m}", "gadre", s, {"params": n, "data_seen": m * n}, v, 2e-5) for s, n, m, v in rows]
    error = [("RedPajama, 17 tasks", 2.5, 0.487296), ("C4, 17 tasks", 2.389834, 0.508499)]
    return loss + [(f"{s} error at {x}", "gadre_error", s, {"loss": x}, v, 2e-6) for s, x, v in error]


def _kaplan() -> list[Case]:
    batch = "critical batch at a loss of"
    return [
        (
            "loss at the corrected steps",
            "kaplan_size_steps",
            None,
            {"params_nonembedding": 1e9, "steps_min": 39877.03, **SMALL},
            2.634431,
            1e-6,
        ),
        (
            "loss at infinite steps",
            "kaplan_size_steps",
            None,
            {"params_nonembedding": 1e9, "steps_min": 1e300, **SMALL},
            2.473905,
            1e-6,
        ),
        (f"{batch} 3", "critical_batch", "WebText2", {"loss": 3.0}, 1122570, 1),
        (f"{batch} 2.5", "critical_batch", "WebText2", {"loss": 2.5}, 2674649, 1),
        (f"{batch} 2", "critical_batch", "WebText2", {"loss": 2.0}, 7740039, 1),
        *(
            (
                f"steps of a batch of {b:g}",
                "steps_at_batch",
                None,
                {"batch_size": b, "sequence_length": 1.0, "S_least": 1.0, "critical_tokens": 1122569.7},
                v,
                6e-5,
            )
            for b, v in ((0.25e6, 5.4903), (0.5e6, 3.2451), (1e6, 2.1226), (4e6, 1.2806))
        ),
        *(
            (
                f"data of a batch of {b:g}",
                "data_at_batch",
                None,
                {"batch_size": b, "sequence_length": 1.0, "D_least": 1.0, "critical_tokens": 1122569.7},
                v,
                6e-5,
            )
            for b, v in ((0.25e6, 1.2227), (0.5e6, 1.4454), (1e6, 1.8908), (4e6, 4.5633))
        ),
    ]


def _modalities() -> list[Case]:
    compute = [
        ("language", 1, 2.570016),
        ("language", 100, 2.060325),
        ("video VQ 16x16x16", 1, 1.172812),
        ("video VQ 16x16x16", 100, 1.066934),
        ("math, extrapolation", 1, 0.289569),
        ("math, extrapolation", 100, 0.208366),
        ("image 32x32", 1, 2.353097),
        ("image 32x32", 100, 2.300288),
    ]
    return [
        *((f"{d} at {c} PF-days", "modality_compute", d, {"flops": c * PF_DAY}, v, 1e-6) for d, c, v in compute),
        ("best language model at a PF-day", "modality_best_size", "language", {"flops": PF_DAY}, 1.292662e9, 1e3),
        ("best video model at a PF-day", "modality_best_size", "video VQ 16x16x16", {"flops": PF_DAY}, 3.036088e8, 1e2),
        ("GPT-3's size", "modality_size", "language", {"params_nonembedding": 1.75e11}, 1.602137, 1e-6),
    ]


def _training() -> list[Case]:
    hundred, released = "100M, cosine and constant 24k, s2 decay .999", "mean of 1000 released bootstrap models"
    steplaw = [(1e9, 1e11, 1.632499e-3, 1107715), (7e9, 1.4e12, 9.165569e-4, 4998815)]
    minicpm = [(2.5, 3977770), (2.75, 2194570), (3, 1275113), (3.5, 487305), (4, 211802)]
    stacked = [(8e9, 15e12, 6.5814e9), (7e9, 2e12, 1.11130e10), (13e9, 2e12, 1.58437e10), (70e9, 2e12, 4.24751e10)]
    average = [(6e8, 2.598639), (1e9, 2.529212), (2e8, 2.797122)]
    return [
        ("an annealed schedule", "annealing", hundred, {"s1": 0.3825, "s2": 0.0575597497}, 3.6790128, 1e-7),
        *(
            (f"peak rate of {n:g}", "step_law_rate", "dense models", {"params_nonembedding": n, "data_seen": d}, v, 1e-9)
            for n, d, v, _ in steplaw
        ),
        *((f"batch of {d:g}", "step_law_batch", "dense models", {"data_seen": d}, v, 1) for _, d, _, v in steplaw),
        (
            "peak rate by the bootstrap mean",
            "step_law_rate",
            released,
            {"params_nonembedding": 1e9, "data_seen": 1e11},
            1.662379e-3,
            1e-6,
        ),
        *((f"batch at loss {x}", "minicpm_batch", "models of .009, .03 and .17 B", {"loss": x}, v, 1) for x, v in minicpm),
        *(
            (f"growth of {n:g}", "stacking", "growth factor 4 in depth", {"params": n, "flops": 6 * n * d}, v, v * 1e-5)
            for n, d, v in stacked
        ),
        *(
            (f"mean size {n:g}", "average_parameters", None, {"params_average": n, "data_seen": 2e10, **BESIROGLU}, v, 1e-6)
            for n, v in average
        ),
        (
            "16 times the compute for a diffusion model",
            "compute_multiplier",
            None,
            {"flops": 16e20, "treated": 1.0, "multiplier": 16.0, "E": 1.7, "A": 900.0, "alpha": 0.15},
            1.7 + 900 * 1e20**-0.15,
            1e-12,
        ),
    ]


def _downstream() -> list[Case]:
    isik = {"log_scale": 9.210340371976184, "alpha": 0.9, "power": 0.95}
    scores = [(1e8, 21.9211), (3e8, 22.7188), (1e9, 23.5913), (3e9, 24.3859), (1e10, 25.2552), (3e10, 26.0471), (1e11, 26.9134)]
    losses = [(1e8, 0.999054), (1e9, 0.899763), (1e10, 0.850000)]
    rates = [(3e7, 0.040935), (1e8, 0.081115), (3e8, 0.133134), (8.7e8, 0.195997), (2.4e9, 0.264391)]
    rag = [((5, 4, 1), FIRST_TASK, 0.235261), ((50, 8, 1), FIRST_TASK, 0.457096), ((50, 8, 5), FIRST_TASK, 0.576496)]
    rag += [((100, 0, 1), FIRST_TASK, 0.325073), ((5, 4, 1), SECOND_TASK, 0.198297), ((50, 8, 5), SECOND_TASK, 0.421167)]
    return [
        *((f"score after {d:g}", "transfer_score", None, {"data_unique": d, **isik}, v, 6e-5) for d, v in scores),
        *(
            (f"loss after {d:g}", "transfer_loss", None, {"data_unique": d, "E": 0.8, "A": 50.0, "alpha": 0.3}, v, 6e-7)
            for d, v in losses
        ),
        *(
            (f"pass rate of {n:g}", "pass_until", None, {"params_nonembedding": n, "difficulty": 100.0, "alpha": 0.2}, v, 6e-7)
            for n, v in rates
        ),
        *(
            (
                f"documents, shots, iterations {t} {v}",
                "rag_allocation",
                None,
                dict(zip(("documents", "shots", "iterations"), t, strict=True)) | i | RAG,
                v,
                6e-7,
            )
            for t, i, v in rag
        ),
    ]


def _domains() -> list[Case]:
    image, video = "image, 256 px", "video, 256 px"
    hunyuan = [(image, 1e6, 1.316, 127.5), (image, 1e7, 4.815, 345.2), (image, 1e8, 17.62, 934.4)]
    hunyuan += [(video, 1e6, 2.801, 64.09), (video, 1e7, 6.443, 272.7), (video, 1e8, 14.82, 1160)]
    depths = [(16, 0.3020, 1.1230, 1.0578, 0.9232), (20, 0.5898, 0.9627, 0.9253, 0.9133), (24, 1.0192, 0.8489, 0.8294, 0.9054)]
    depths += [(30, 1.9907, 0.7278, 0.7255, 0.8957), (36, 3.4399, 0.6417, 0.6503, 0.8879)]
    settings = ("loss, last scale", "loss, all scales", "token error, last scale")
    series = [("encoder, in distribution", 1e7, 1.8944), ("encoder, in distribution", 1e9, 1.6576)]
    series += [("decoder, in distribution", 1e7, 2.5675), ("decoder, in distribution", 1e9, 2.3962)]
    lsf = "decoder, out of distribution, LSF"
    tab = {"A": 6.93, "B": 37.2, "alpha": 0.42, "beta": 0.39}
    cubic = [(1000, 0.0), (3500, 0.505859), (6000, 0.765625), (8500, 0.861328), (11000, 0.875), (10, 0.0), (99999, 0.875)]
    cnn = [(0.0, 4.0, 2.0), (1 / 3, 3.1748, 2.5198), (0.8, 2.2974, 3.4822), (1.0, 2.0, 4.0)]
    return [
        *((f"{s} size at {c:g} PFLOP", "video_best_size", s, {"flops": c * 1e15}, n * 1e9, n * 5e5) for s, c, n, _ in hunyuan),
        *((f"{s} data at {c:g} PFLOP", "video_best_data", s, {"flops": c * 1e15}, d * 1e9, d * 5e5) for s, c, _, d in hunyuan),
        *((f"size at depth {d}", "var_depth", "width 64 d", {"layers": d}, n * 1e9, 6e4) for d, n, *_ in depths),
        *(
            (f"{s} at depth {d}", "var_size", s, {"params": 73728.0 * d**3}, v, 6e-5)
            for d, _, *values in depths
            for s, v in zip(settings, values, strict=True)
        ),
        ("compute that depth 30 implies", "var_compute", "loss, last scale", {"flops": 5.24e20}, 0.7278, 2e-4),
        *((f"{s} of {n:g}", "time_series_size", s, {"params": n}, v, 6e-5) for s, n, v in series),
        ("encoder on 1e10 points", "time_series_data", "encoder, in distribution", {"data_seen": 1e10}, 1.8034, 6e-5),
        ("decoder LSF on 1e9 points", "time_series_data", lsf, {"data_seen": 1e9}, 4.6322, 6e-5),
        ("a large tabular model", "tabdpt", None, {"params": 78e6, "data_seen": 2e9, **tab}, 0.012131, 6e-7),
        *((f"sparsity at {t}", "cubic_sparsity", "the example of the reference", {"step": t}, v, 6e-7) for t, v in cubic),
        *(
            (f"activations by {a:.2f}", "cnn_activations", None, {"flops_forward": 4.0, "base": 1.0, "width_share": a}, v, 6e-5)
            for a, v, _ in cnn
        ),
        *(
            (f"parameters by {a:.2f}", "cnn_params", None, {"flops_forward": 4.0, "base": 1.0, "width_share": a}, v, 6e-5)
            for a, _, v in cnn
        ),
        *(
            (f"recommender at {c}", "recommender", None, {"flops": float(c), "intercept": 0.15, "gain": 0.02}, v, 6e-7)
            for c, v in ((1, 0.15), (10, 0.196052), (100, 0.242103), (1000, 0.288155))
        ),
        ("14 Gbit in 7 B parameters", "knowledge_capacity", "1000 exposures", {"params": 7e9}, 14e9, 1),
        (
            "halved precision is halved size",
            "bit_level",
            None,
            {"params": 2e9, "bits_per_weight": 4.0, "intercept": 60.0, "per_doubling": -1.5},
            60 - 1.5 * 32.89735285398626,
            1e-9,
        ),
    ]


DECLARED = [(w.claim, name, None, dict(w.at), w.value, w.within) for name, law in laws.items() for w in law.worked]
CASES = [*_gadre(), *_kaplan(), *_modalities(), *_training(), *_downstream(), *_domains(), *MORE, *DECLARED]


@pytest.mark.parametrize(
    ("law", "setting", "arguments", "expected", "tolerance"), [c[1:] for c in CASES], ids=[f"{c[1]}: {c[0]}" for c in CASES]
)
def test_worked_value_is_reproduced(
    value: Callable[..., float], law: str, setting: str | None, arguments: dict[str, Any], expected: float, tolerance: float
) -> None:
    assert value(law, setting, **arguments) == pytest.approx(expected, abs=tolerance, rel=0)


def test_constants_from_memory_are_no_test_targets() -> None:
    targets = {(law, setting) for _, law, setting, *_ in CASES if setting is not None}
    unverified = {(name, p.setting) for name, law in laws.items() for p in law.published if not p.verified}
    assert unverified
    assert not targets & unverified
