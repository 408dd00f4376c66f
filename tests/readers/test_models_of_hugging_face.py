"""What lies beside a trainer_state.json: the size of the model, and results that complete the run and add no value."""

import json

import pytest

from pipeline.readers.formats.model_size import model_columns
from tests.ingest.conftest import Dropbox

LLAMA = {
    "model_type": "llama",
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "intermediate_size": 11008,
    "num_attention_heads": 32,
}
QWEN = {
    "model_type": "qwen2",
    "hidden_size": 896,
    "num_hidden_layers": 24,
    "intermediate_size": 4864,
    "num_attention_heads": 14,
    "num_key_value_heads": 2,
    "vocab_size": 151936,
    "tie_word_embeddings": True,
}
MIXTRAL = {
    "model_type": "mixtral",
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "intermediate_size": 14336,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 32000,
    "num_local_experts": 8,
    "num_experts_per_tok": 2,
}
NEOX = {"model_type": "gpt_neox", "hidden_size": 768, "num_hidden_layers": 12, "intermediate_size": 3072, "vocab_size": 50304}
GPT2 = {"model_type": "gpt2", "n_embd": 768, "n_layer": 12, "n_positions": 1024, "vocab_size": 50257}

# the numbers of parameters that the model cards and the released weights state
PUBLISHED = {
    "Llama 2 7B": ({**LLAMA, "vocab_size": 32000}, 6_738_415_616, None),
    "Qwen2 0.5B": (QWEN, 494_032_768, None),
    "Mixtral 8x7B": (MIXTRAL, 46_702_792_704, 12_879_925_248),
    "Pythia 160M": (NEOX, 162_322_944, None),
    "GPT-2": (GPT2, 124_439_808, None),
}
STATE = {"log_history": [{"loss": 2.5, "step": 60}], "global_step": 60, "max_steps": 100}


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_counted_as_the_released_weights_have_them(name: str) -> None:
    config, total, active = PUBLISHED[name]
    found = model_columns(config, {})
    assert (found["params"], found["params_active"], found["params_convention"]) == (total, active, "with embeddings")


def test_parameters_without_embeddings_are_those_of_the_layers() -> None:
    assert model_columns(GPT2, {})["params_nonembedding"] == 124_439_808 - (50257 + 1024) * 768


@pytest.mark.parametrize(
    ("config", "metadata", "params"),
    [
        ({"model_type": "own", "torch_dtype": "bfloat16"}, {"total_size": 2000}, 1000),
        ({"model_type": "own", "dtype": "float32"}, {"total_size": 2000}, 500),
        ({"model_type": "own"}, {"total_size": 2000, "total_parameters": 900}, 900),
        ({"model_type": "own"}, {"total_size": 2000}, None),
        ({"model_type": "llama", "torch_dtype": "bfloat16"}, {"total_size": 2000}, 1000),
        ({}, {}, None),
    ],
)
def test_an_unknown_architecture_has_the_parameters_of_its_weights(
    config: dict[str, object], metadata: dict[str, object], params: int | None
) -> None:
    assert model_columns(config, {"metadata": metadata}).get("params") == params


def test_a_run_has_the_size_of_the_model_beside_its_state(box: Dropbox) -> None:
    box.drop("run7/trainer_state.json", json.dumps(STATE) + "\n")
    box.drop("run7/config.json", json.dumps(GPT2) + "\n")
    assert box.ingest().quarantined == 0
    found = box.rows("SELECT run_id, params, params_convention, architecture, layers, width FROM runs")
    assert found == [("run7", 124_439_808, "with embeddings", "gpt2", 12, 768)]


def test_results_complete_the_run_and_add_no_value(box: Dropbox) -> None:
    box.drop("run7/trainer_state.json", json.dumps(STATE) + "\n")
    box.ingest()
    assert box.rows("SELECT status FROM runs") == [("running",)]
    results = {
        "epoch": 1.0,
        "total_flos": 3e18,
        "train_loss": 2.75,
        "train_runtime": 9.0,
        "train_samples": 640,
        "eval_loss": 2.25,
    }
    for name in ("all_results.json", "train_results.json"):
        box.drop(f"run7/{name}", json.dumps(results) + "\n")
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT status, flops, tags['config.train_samples'] FROM runs") == [("finished", 3e18, "640")]
    assert box.rows("SELECT metric, step, value FROM measurements") == [("loss", 60, 2.5)]


def test_a_damaged_file_beside_a_state_costs_itself_alone(box: Dropbox) -> None:
    box.drop("run7/trainer_state.json", json.dumps(STATE) + "\n")
    box.drop("run7/config.json", '{"model_type": "gp')
    box.ingest()
    assert box.reasons() == {"unreadable": 1}
    assert box.rows("SELECT value FROM measurements") == [(2.5,)]


def test_a_table_called_config_json_beside_no_state_is_still_a_file_of_its_own(box: Dropbox) -> None:
    box.drop("sweep/config.json", json.dumps([{"id": "a", "loss": 2.5}]) + "\n")
    (box.home.maps / "own.toml").write_text(
        "kind = 'runs'\nmatch = '*config.json'\n[columns]\nrun_id = 'id'\n'metric:loss' = 'loss'\n"
    )
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT run_id FROM runs") == [("a",)]
