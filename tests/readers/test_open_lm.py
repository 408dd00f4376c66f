"""open_lm / DCLM: a model's JSON and its evaluation's meet in one run; numbers of a published 411M run on C4."""

import json
from typing import Any

from tests.ingest.conftest import Dropbox

UUID = "dbb82ae2-9221-4c52-b4d6-c65bd4e8c53c"
MODEL: dict[str, Any] = {
    "name": "c4_original-d=1024_l=24_h=8",
    "dataset_name": "c4_original",
    "dataset_uuid": "7e0f5507-aa36-4d8c-9026-d049f885adf1",
    "hyperparameters": {
        "model": "training/open_lm_configs/d=1024_l=24_h=8.json",
        "tokens": 8232325120,
        "warmup": 2000,
        "lr": 0.003,
        "cd": 3e-05,
        "global_bs": 512,
        "params": 411616256,
        "params_no_embed": 359973888,
        "fsdp_flags": ["--fsdp"],
        "seed": 124,
    },
    "uuid": UUID,
    "failed": False,
}
EVALUATION: dict[str, Any] = {
    "eval_metrics": {
        "perplexity": 3.659498624006907,
        "downstream_perpexity": {"bbq": 0.4714875829471109},
        "icl": {"copa": 0.61, "winogrande": 0.503551721572876},
    },
    "Core": 0.10731800308837615,
    "model_uuid": UUID,
}


def test_model_and_evaluation_meet_in_one_run(box: Dropbox) -> None:
    box.drop("model.json", json.dumps(MODEL))
    box.drop("evaluation.json", json.dumps(EVALUATION))
    box.ingest()
    ask = "SELECT run_id, status, architecture, params, params_nonembedding, data_seen, batch_size, peak_lr, final_lr, warmup"
    row = (UUID, "finished", "d=1024_l=24_h=8", 411616256.0, 359973888.0, 8232325120.0, 512.0, 0.003, 3e-05, None)
    assert box.rows(f"{ask} FROM runs") == [row]
    assert box.rows("SELECT metric, split, task, round(value, 6), final FROM measurements ORDER BY ALL") == [
        ("accuracy", "test", "copa", 0.61, True),
        ("accuracy", "test", "winogrande", 0.503552, True),
        ("core", "test", "", 0.107318, True),
        ("error", "test", "copa", 0.39, True),
        ("error", "test", "winogrande", 0.496448, True),
        ("loss", "test", "bbq", 0.471488, True),
        ("loss", "validation", "open_lm_val", 3.659499, True),
    ]


def test_warmup_in_steps_is_a_tag_and_not_an_amount_of_data(box: Dropbox) -> None:
    box.drop("model.json", json.dumps(MODEL))
    box.ingest()
    assert box.rows("SELECT tags['config.warmup'] FROM runs") == [("2000",)]


def test_a_failed_model_is_failed(box: Dropbox) -> None:
    box.drop("model.json", json.dumps({**MODEL, "failed": True}))
    box.ingest()
    assert box.rows("SELECT status FROM runs") == [("failed",)]


def test_an_impossible_accuracy_costs_only_its_own_row(box: Dropbox) -> None:
    wrong = {**EVALUATION, "eval_metrics": {"icl": {"copa": 61.0, "piqa": 0.5}}}
    box.drop("evaluation.json", json.dumps(wrong))
    box.ingest()
    assert box.rows("SELECT row_number, reason FROM quarantine") == [(1, "out_of_range")]
    assert box.rows("SELECT task FROM measurements WHERE metric = 'error'") == [("piqa",)]


def test_a_cut_model_is_refused_whole(box: Dropbox) -> None:
    box.drop("model.json", json.dumps({**MODEL, "uuid": UUID}, indent=1)[:-20])
    box.ingest()
    assert box.reasons() == {"unreadable": 1}
    assert box.rows("SELECT count(*) FROM runs") == [(0,)]
