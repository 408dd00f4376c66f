"""What trainers print on the console: a few lines of each, as their sources print them, with the values that they stand for."""

from math import log
from pathlib import Path

import pytest

from pipeline.readers import reader_for
from pipeline.readers.formats.printed.console import amount
from tests.ingest.conftest import Dropbox
from tests.readers.test_what_trainers_mean import PREFIXES

MEGATRON = """\
  global_batch_size ............................... 256
  num_layers ...................................... 24
  lr .............................................. 0.0003
  seq_length ...................................... 2048
 [2025-12-25 08:40:22] iteration        2/      50 | consumed samples:          512 | elapsed time per iteration (ms): 6046.6 | \
learning rate: 1.000000E-05 | global batch size:   256 | lm loss: 1.189062E+01 | loss scale: 1.0 | grad norm: 7.499 | \
number of skipped iterations:   0 | number of nan iterations:   0 |
 validation loss at iteration 2 | lm loss value: 1.100000E+01 | lm loss PPL: 5.987414E+04 |
 [2025-12-25 08:45:22] iteration       50/      50 | consumed samples:        12800 | elapsed time per iteration (ms): 6046.6 | \
learning rate: 2.000000E-05 | global batch size:   256 | lm loss: 9.500000E+00 | loss scale: 1.0 | grad norm: 2.5 | \
number of skipped iterations:   0 | number of nan iterations:   0 |
 validation loss at iteration 50 on validation set | lm loss value: 9.000000E+00 | lm loss PPL: 8.103084E+03 |
 validation loss at iteration 50 on test set | lm loss value: 9.250000E+00 | lm loss PPL: 1.040456E+04 |
"""
MEGATRON_DEEPSPEED = """\
 iteration  11/50000 | consumed samples: 5632 | consumed tokens:  11534336 | elapsed time per iteration (ms):  52728.1 | \
learning rate:    1.499E-05 | gloabl batch size:  512 | lm loss:  1.376514E+01 | loss scale:  65536.0 | grad norm:    459.628 |
"""
NEOX = """\
 samples/sec: 28.9 | iteration      100/  320000 | elapsed time per iteration (ms): 35000.0 | learning rate: 1.500E-05 | \
approx flops per GPU: 70.1TFLOPS | lm_loss: 6.125000E+00 | loss scale: 4096.0 |
 validation results at iteration 100 | lm_loss value: 6.250000E+00 | lm_loss_ppl value: 5.180128E+02 |
"""
TORCHTITAN = """\
[titan] 2025-11-25 19:44:58,838 - root - INFO - Model llama3 debugmodel size: 6,139,136 total parameters
[titan] 2025-11-25 19:44:58,838 - root - INFO - Trainer is initialized with local batch size 8, global batch size 64, \
gradient accumulation steps 1, sequence length 2048, total steps 10 (warmup 2)
[titan] 2025-11-25 19:45:01,441 - root - INFO - step:  1  loss:  8.0277  grad_norm:  1.4604  memory:  1.21GiB(0.86%)  tps: 5,756
[titan] 2025-11-25 19:45:02,000 - root - INFO - step: 10  loss:  7.0000  grad_norm:  1.5000  memory:  1.21GiB(0.86%)  tps: 5,756
[titan] 2025-11-25 19:45:03,000 - root - INFO - validate step: 10  loss:  7.2500  memory:  1.21GiB(0.86%)  tps: 9,000
"""
NEMO = """\
seq_length: 4096
Training epoch 0, iteration 17/99 | lr: 2.699e-06 | global_batch_size: 128 | global_step: 17 | reduced_train_loss: 11.03 | \
train_step_timing in s: 12.64 | consumed_samples: 2304
Training epoch 0, iteration 18/99 | lr: 2.849e-06 | global_batch_size: 128 | global_step: 18 | reduced_train_loss: 10.5 | \
train_step_timing in s: 12.64 | consumed_samples: 2432 | val_loss: 10.75
Training epoch 1, iteration 0/99 | lr: 2.849e-06 | global_batch_size: 128 | global_step: 19 | reduced_train_loss: 10.25 | \
train_step_timing in s: 12.64 | consumed_samples: 2560 | val_loss: 10.75
`Trainer.fit` stopped: `max_steps=20` reached.
"""
OLMO_CORE = """\
2026-08-08 12:00:01 INFO [olmo_core.train.trainer:734] Training for 2,000 steps
2026-08-08 12:01:00 INFO [olmo_core.train.callbacks.console_logger:68] [step=100/2000,epoch=1,eta=5h11m]
    train/CE loss=6.234
    train/PPL=511.9
    optim/LR (group 0)=1.00E-04
    optim/total grad norm=1.250
    throughput/total tokens=419,430,400
2026-08-08 12:01:30 INFO [olmo_core.train.callbacks.console_logger:68] [step=150/2000,epoch=1]
2026-08-08 12:04:00 INFO [olmo_core.train.callbacks.console_logger:68] [step=2000/2000,epoch=1,eta=0s]
    train/CE loss=5.882
    throughput/total tokens=8,388,608,000
2026-08-08 12:04:01 INFO [olmo_core.train.trainer:734] Training complete
"""
NANOTRON = """\
08/31/2024 14:37:31 [INFO|DP=0|PP=0|TP=0]: mbs: 16 | grad_accum: 8 | cp: 1 | sequence_length: 2048 | global_batch_size: 1024 | \
train_steps: 200
08/31/2024 14:37:31 [INFO|DP=0|PP=0|TP=0]: iteration: 1 / 200 | consumed_tokens: 2.1M | time_per_iteration_ms: 4.71K | \
tokens_per_sec: 109 | global_batch_size: 2.1M | grad_norm: 2.96 | lm_loss: 5.32 | lr: 0.00015 | model_tflops_per_gpu: 15.4
08/31/2024 14:38:31 [INFO|DP=0|PP=0|TP=0]: iteration: 200 / 200 | consumed_tokens: 419M | time_per_iteration_ms: 4.71K | \
tokens_per_sec: 109 | global_batch_size: 2.1M | grad_norm: 201K | lm_loss: 3.25 | lr: 1.58e-05 | eta: 0:00:00
"""
LITGPT = """\
Total parameters: 1,100,048,384
Epoch 1 | iter 400 step 100 | loss train: 5.500, val: n/a | iter time: 500.10 ms (step) remaining time: 1:00:00
iter 400: val loss 5.7500, val time: 9000.00 ms
Epoch 1 | iter 800 step 200 | loss train: 4.500, val: 5.750 | iter time: 500.10 ms (step) remaining time: 0:00:00
"""
NANOCHAT = """\
Number of parameters: 560,988,160
Calculated number of iterations from target data:param ratio: 21,400
Total batch size 524,288 => gradient accumulation steps: 1
Step 00000 | Validation bpb: 3.3125
step 00000/21400 (0.00%) | loss: 11.090355 | lrm: 1.00 | dt: 77971.27ms | tok/sec: 13,448 | mfu: 2.57 | total time: 0.00m
step 21399/21400 (100.00%) | loss: 2.500000 | lrm: 0.00 | dt: 477.27ms | tok/sec: 1,098,000 | mfu: 48.1 | total time: 170.0m
Step 21400 | Validation bpb: 0.8125
Step 21400 | CORE metric: 0.2219
"""
BUILD_NANOGPT = "step     0 | loss: 10.938573 | lr 6.0000e-05 | norm: 27.0159 | dt: 17830.71ms | tok/sec: 29403.65\n"
MODDED = """\
step:0/1750 val_loss:10.8258 train_time:0ms step_avg:nanms
step:125/1750 train_loss:4.5000 train_time:12300ms step_avg:98.40ms
step:125/1750 val_loss:4.2887 train_time:12345ms step_avg:98.76ms
step:1750/1750 val_loss:3.2781 train_time:172345ms step_avg:98.48ms
"""
DEEPSPEED = """\
[2023-07-24 12:25:17,424] [INFO] [logging.py:96:log_dist] [Rank 0] step=10, skipped=0, lr=[0.001], mom=[(0.9, 0.999)]
steps: 10 loss: 5.2500 iter time (s): 1.250 samples/sec: 51.200
steps: 20 loss: 4.7500 iter time (s): 1.250 samples/sec: 51.200
"""

# log, reader, rows of (metric, split, step, data_seen, lr, value) that must be among what is taken, status, columns of the run
TRAIN, VALID = ("loss", "train"), ("loss", "validation")
CASES = {
    "megatron-lm": (
        MEGATRON,
        [
            (*TRAIN, 2, 512 * 2048, 1e-5, 11.89062),
            (*VALID, 2, None, None, 11.0),
            (*TRAIN, 50, 12800 * 2048, 2e-5, 9.5),
            (*VALID, 50, None, None, 9.0),
            ("loss", "test", 50, None, None, 9.25),
        ],
        "finished",
        {"batch_size": 256, "sequence_length": 2048, "layers": 24, "peak_lr": 0.0003, "data_seen": 12800 * 2048},
    ),
    "megatron-lm (DeepSpeed)": (
        MEGATRON_DEEPSPEED,
        [(*TRAIN, 11, 11534336, 1.499e-5, 13.76514)],
        "running",
        {"data_unit": "token"},
    ),
    "megatron-lm (GPT-NeoX)": (
        NEOX,
        [(*TRAIN, 100, None, 1.5e-5, 6.125), (*VALID, 100, None, None, 6.25)],
        "running",
        {"data_seen": None, "data_unit": None},
    ),
    "torchtitan": (
        TORCHTITAN,
        [
            (*TRAIN, 1, 64 * 2048, None, 8.0277),
            (*TRAIN, 10, 640 * 2048, None, 7.0),
            (*VALID, 10, 640 * 2048, None, 7.25),
            ("grad_norm", "train", 10, 640 * 2048, None, 1.5),
        ],
        "finished",
        {"params": 6139136, "batch_size": 64, "sequence_length": 2048},
    ),
    "nemo": (
        NEMO,
        [
            (*TRAIN, 17, 2304 * 4096, 2.699e-6, 11.03),
            (*TRAIN, 19, 2560 * 4096, 2.849e-6, 10.25),
            (*VALID, 18, 2432 * 4096, 2.849e-6, 10.75),
        ],
        "finished",
        {"sequence_length": 4096},
    ),
    "olmo-core": (
        OLMO_CORE,
        [
            (*TRAIN, 100, 419430400, 1e-4, 6.234),
            (*TRAIN, 2000, 8388608000, None, 5.882),
            ("grad_norm", "train", 100, 419430400, 1e-4, 1.25),
        ],
        "finished",
        {"data_unit": "token"},
    ),
    "nanotron": (
        NANOTRON,
        [(*TRAIN, 1, 1024 * 2048, 0.00015, 5.32), (*TRAIN, 200, 200 * 1024 * 2048, 1.58e-5, 3.25)],
        "finished",
        {"batch_size": 1024},
    ),
    "litgpt": (
        LITGPT,
        [(*TRAIN, 100, None, None, 5.5), (*VALID, 100, None, None, 5.75), (*TRAIN, 200, None, None, 4.5)],
        "running",
        {"params": 1100048384},
    ),
    "nanochat": (
        NANOCHAT,
        [
            ("bits_per_byte", "validation", 0, 0, None, 3.3125),
            (*TRAIN, 21399, 21399 * 524288, None, 2.5),
            ("bits_per_byte", "validation", 21400, 21400 * 524288, None, 0.8125),
            ("core", "test", 21400, 21400 * 524288, None, 0.2219),
        ],
        "finished",
        {"params": 560988160},
    ),
    "nanochat (build-nanogpt)": (BUILD_NANOGPT, [(*TRAIN, 0, None, 6e-5, 10.938573)], "running", {}),
    "modded-nanogpt": (
        MODDED,
        [(*VALID, 0, None, None, 10.8258), (*TRAIN, 125, None, None, 4.5), (*VALID, 1750, None, None, 3.2781)],
        "finished",
        {},
    ),
    "deepspeed": (DEEPSPEED, [(*TRAIN, 10, None, 0.001, 5.25), (*TRAIN, 20, None, None, 4.75)], "running", {}),
}
LLMC = """\
batch_size B=64 * seq_len T=1024 * num_processes=8 and total_batch_size=524288
num_parameters: 124475904 => bytes: 248951808
val loss 11.0
step    1/2 | loss 10.5 (+nanz)| norm 15.33 (+nanz)| lr 8.57e-07 | 3052.13 ms | 43.3% bf16 MFU | 171776 tok/s
step    2/2 | loss 9.5 (+0.10z)| norm 14.1 (-0.20z)| lr 1.2e-06 | 1200.00 ms | 56.0% bf16 MFU | 178000 tok/s
val loss 9.25
"""
OLMO = """\
2024-05-01 10:00:00 host:0 olmo.train:967 INFO [step=5/100,epoch=0]
    train/CrossEntropyLoss=10.5
    train/Perplexity=36,316
    throughput/total_tokens=10,485,760
"""
CASES |= {
    "llm.c console": (
        LLMC,
        [(*VALID, 0, 0, None, 11.0), (*TRAIN, 2, 2 * 524288, 1.2e-6, 9.5), (*VALID, 2, 2 * 524288, None, 9.25)],
        "finished",
        {"params": 124475904, "sequence_length": 1024},
    ),
    "olmo-core (OLMo)": (OLMO, [(*TRAIN, 5, 10485760, None, 10.5)], "running", {"data_seen": 10485760}),
}
COMPOSER = """\
******************************
Config:
node_name: unknown because NODENAME environment variable not set
rank_zero_seed: 17
******************************
[batch=1/40]:
\t Train time/batch: 0
\t Train time/token: 0
\t Train trainer/device_train_microbatch_size: 8
\t Train loss/train/total: 11.0000
\t Train metrics/train/LanguageCrossEntropy: 10.7500
\t Train metrics/train/LanguagePerplexity: 46630.0280
\t Train lr-DecoupledAdamW/group0: 0.0000
[batch=20/40]:
\t Train time/batch: 19
\t Train time/token: 19456
\t Train loss/train/total: 6.5000
\t Train metrics/train/LanguageCrossEntropy: 6.2500
[Eval batch=1/2] Eval on eval data
[Eval batch=2/2] Eval on eval data:
\t Eval metrics/eval/LanguageCrossEntropy: 6.5000
\t Eval metrics/eval/LanguagePerplexity: 665.1416
[batch=40/40]:
\t Train time/batch: 39
\t Train time/token: 39936
\t Train loss/train/total: 4.5000
\t Train metrics/train/LanguageCrossEntropy: 4.2500
"""
COMPOSER_EPOCHS = """\
[epoch=1][batch=5/5]:
         Train time/batch: 4
         Train time/sample: 4096
         Train time/token: 8192
         Train metrics/train/LanguageCrossEntropy: 8.5000
[epoch=2][batch=5/5]:
         Train time/batch: 9
         Train time/sample: 9216
         Train time/token: 18432
         Train metrics/train/LanguageCrossEntropy: 7.5000
[Eval batch=3/3] Eval on eval data:
         Eval metrics/eval/LanguageCrossEntropy: 7.7500
DEBUG: composer.core.engine: Engine closed.
"""
CASES |= {
    "composer": (
        COMPOSER,
        [
            (*TRAIN, 1, None, None, 10.75),
            ("total_loss", "train", 20, 20480, None, 6.5),
            (*VALID, 20, None, None, 6.5),
            (*TRAIN, 40, 40960, None, 4.25),
        ],
        "finished",
        {"data_seen": 40960, "data_unit": "token"},
    ),
    "composer (epochs)": (
        COMPOSER_EPOCHS,
        [(*TRAIN, 5, 10240, None, 8.5), (*TRAIN, 10, 20480, None, 7.5), (*VALID, 10, None, None, 7.75)],
        "finished",
        {"data_seen": 20480},
    ),
}
FAIRSEQ = """\
2024-03-01 12:00:00 | INFO | fairseq_cli.train | num. model params: 62,345,678 (num. trained: 62,345,678)
2024-03-01 12:01:00 | INFO | train_inner | {"epoch": 1, "update": 0.5, "loss": "5.5", "nll_loss": "5", "ppl": "32", \
"wps": "900", "ups": "0.5", "wpb": "4000", "bsz": "100", "num_updates": "100", "lr": "0.0001", "gnorm": "1.5", "wall": "60"}
2024-03-01 12:02:00 | INFO | train_inner | {"epoch": 1, "update": 1.0, "loss": "4.5", "nll_loss": "4", "ppl": "16", \
"wps": "900", "ups": "0.5", "wpb": "5000", "bsz": "100", "num_updates": "200", "lr": "0.0002", "gnorm": "1.25", "wall": "120"}
2024-03-01 12:03:00 | INFO | valid | {"epoch": 1, "valid_loss": "4.125", "valid_nll_loss": "3", "valid_ppl": "8", \
"valid_wps": "900", "valid_wpb": "1000", "valid_bsz": "25", "valid_num_updates": "220", "valid_best_loss": "4.125"}
2024-03-01 12:03:01 | INFO | train | {"epoch": 1, "train_loss": "5", "train_nll_loss": "4.5", "train_ppl": "22.63", \
"train_wps": "900", "train_wpb": "4500", "train_num_updates": "220", "train_lr": "0.0002", "train_gnorm": "1.375"}
2024-03-01 12:03:02 | INFO | fairseq_cli.train | done training in 181.5 seconds
"""
FAIRSEQ_TEXT = """\
2024-03-01 12:01:00 | INFO | train_inner | epoch 001:    100 / 487 loss=5, ppl=32, wps=900, ups=0.5, wpb=4000, bsz=100, \
num_updates=100, lr=0.0001, gnorm=1.5, clip=0, loss_scale=32768, train_wall=48, wall=60
2024-03-01 12:02:00 | INFO | valid | epoch 001 | valid on 'valid' subset | loss 4.125 | ppl 17.45 | wps 900 | wpb 1000 | bsz 25 \
| num_updates 120 | best_loss 4.125
"""
FAIRSEQ_OLD = """\
| epoch 001:    100 / 487 loss=5.500, nll_loss=5.000, ppl=32.00, wps=900, ups=0.5, wpb=4000, bsz=100, num_updates=100, \
lr=0.0001, gnorm=1.5, clip=0%, oom=0, loss_scale=2.000, wall=60, train_wall=48
| epoch 001 | valid on 'valid' subset | valid_loss 4.12500 | valid_nll_loss 3.00000 | valid_ppl 8.00 | num_updates 120
| done training in 181.5 seconds
"""
NATS = log(2)
CASES |= {
    "fairseq": (
        FAIRSEQ,
        [
            (*TRAIN, 100, 400_000, 0.0001, 5 * NATS),
            (*TRAIN, 200, 900_000, 0.0002, 4 * NATS),
            ("objective", "train", 200, 900_000, 0.0002, 4.5),
            (*VALID, 220, 1_000_000, None, 3 * NATS),
            ("objective", "validation", 220, 1_000_000, None, 4.125),
            ("loss_mean", "train", 220, 1_000_000, 0.0002, 4.5 * NATS),
        ],
        "finished",
        {"params": 62345678, "data_seen": 1_000_000, "data_unit": "token"},
    ),
    "fairseq (text)": (
        FAIRSEQ_TEXT,
        [(*TRAIN, 100, 400_000, 0.0001, 5 * NATS), (*VALID, 120, 480_000, None, 4.125 * NATS)],
        "running",
        {"data_seen": 480_000},
    ),
    "fairseq (before it had labels)": (
        FAIRSEQ_OLD,
        [("loss_mean", "train", 100, None, 0.0001, 5 * NATS), (*VALID, 120, None, None, 3 * NATS)],
        "finished",
        {"data_seen": None},
    ),
}
TAKEN = "SELECT metric, split, step, m.data_seen, m.lr, value FROM measurements AS m"


@pytest.mark.parametrize("form", CASES)
def test_a_console_log_is_read_by_its_content(box: Dropbox, form: str) -> None:
    text, expected, status, columns = CASES[form]
    box.drop("slurm-17.out", text)
    report = box.ingest()
    assert report.quarantined == 0
    assert box.rows("SELECT DISTINCT source_format FROM ingest_log") == [(f"{form.partition(' (')[0]} log",)]
    taken = box.rows(TAKEN)
    assert [row for row in expected if row not in taken] == []
    assert box.rows("SELECT run_id, status FROM runs") == [("slurm-17", status)]
    for name, value in columns.items():
        assert box.rows(f"SELECT {name} FROM runs") == [(value,)]


@pytest.mark.parametrize("prefix", [prefix for prefix in PREFIXES if prefix != "nothing"])
@pytest.mark.parametrize("form", CASES)
def test_what_stands_before_a_line_of_a_console_is_noise(tmp_path: Path, form: str, prefix: str) -> None:
    text, expected, _, _ = CASES[form]
    plain, decked = tmp_path / "a.out", tmp_path / "b.out"
    plain.write_text(text)
    decked.write_text("".join(f"{PREFIXES[prefix]}{line}\n" for line in text.splitlines()))
    reader = reader_for(decked, decked.read_bytes())
    assert reader is not None
    assert reader.name == f"{form.partition(' (')[0]} log"
    with_prefix, without = reader.read(decked, "run"), reader.read(plain, "run")
    assert with_prefix.measurements is not None
    assert without.measurements is not None
    assert with_prefix.measurements.equals(without.measurements)
    assert with_prefix.measurements.height >= len({row[2:4] for row in expected}) - 1


def test_a_value_that_is_only_printed_again_is_no_new_one(box: Dropbox) -> None:
    box.drop("slurm-17.out", NEMO)
    box.ingest()
    assert box.rows("SELECT step FROM measurements WHERE split = 'validation'") == [(18,)]


@pytest.mark.parametrize("form", ["megatron-lm", "torchtitan", "nanotron"])
def test_a_restarted_console_log_has_the_later_values(box: Dropbox, form: str) -> None:
    text = CASES[form][0]
    first = next(line for line in text.splitlines(keepends=True) if "loss" in line)
    value = {"megatron-lm": "1.189062E+01", "torchtitan": "8.0277", "nanotron": "5.32"}[form]
    box.drop("slurm-17.out", text + first.replace(value, "7.5"))
    assert box.ingest().quarantined == 0
    step = {"megatron-lm": 2}.get(form, 1)
    assert box.rows("SELECT step, value FROM measurements WHERE (metric, split) = ('loss', 'train')") == [(step, 7.5)]
    assert ("loss", float(value)) in box.rows("SELECT metric, value FROM measurements_history WHERE valid_to IS NOT NULL")


@pytest.mark.parametrize(
    ("form", "again", "found"),
    [
        (
            "composer",
            "[batch=20/40]:\n\t Train time/batch: 19\n\t Train metrics/train/LanguageCrossEntropy: 6.0\n",
            [(1, 10.75), (20, 6.0)],
        ),
        (
            "fairseq",
            '| INFO | train_inner | {"loss": "4", "ppl": "16", "wpb": "5000", "num_updates": "200"}\n',
            [(100, 5 * NATS), (200, 4 * NATS)],
        ),
    ],
)
def test_a_restart_ends_what_lies_behind_it(box: Dropbox, form: str, again: str, found: list[tuple[int, float]]) -> None:
    box.drop("slurm-17.out", CASES[form][0] + again)
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT step, value FROM measurements WHERE (metric, split) = ('loss', 'train') ORDER BY 1") == found
    assert box.rows("SELECT max(step) FROM measurements") == [(found[-1][0],)]


@pytest.mark.parametrize(
    ("fields", "metric"),
    [('"loss": "5", "ppl": "32"', "loss"), ('"loss": "5", "ppl": "31"', "objective"), ('"loss": "5"', "objective")],
)
def test_a_value_of_fairseq_is_a_loss_where_its_perplexity_says_so(box: Dropbox, fields: str, metric: str) -> None:
    box.drop("train.log", f'| INFO | train_inner | {{{fields}, "num_updates": "100"}}\n')
    box.ingest()
    assert box.rows("SELECT metric, value FROM measurements") == [(metric, 5 * NATS if metric == "loss" else 5.0)]


@pytest.mark.parametrize(("form", "value"), [("fairseq", '"32"'), ("composer", "10.7500")])
def test_a_diverged_value_of_a_trainer_costs_its_cell(box: Dropbox, form: str, value: str) -> None:
    said = {"fairseq": ('"nll_loss": "5", "ppl": "32"', '"nll_loss": "nan", "ppl": "nan"'), "composer": (value, "nan")}[form]
    box.drop("slurm-17.out", CASES[form][0].replace(*said))
    box.ingest()
    assert box.reasons() == {"not_a_number": 1}


def test_a_loss_that_is_no_number_costs_its_cell(box: Dropbox) -> None:
    box.drop("slurm-17.out", MODDED.replace("3.2781", "nan"))
    report = box.ingest()
    assert (report.quarantined, box.reasons()) == (1, {"not_a_number": 1})
    assert (1750,) not in box.rows("SELECT step FROM measurements")


def test_a_half_written_line_of_a_console_waits(box: Dropbox) -> None:
    box.drop("slurm-17.out", MODDED.removesuffix("781 train_time:172345ms step_avg:98.48ms\n"))
    box.ingest()
    assert box.rows("SELECT max(step) FROM measurements") == [(125,)]


@pytest.mark.parametrize(
    ("text", "value"), [("11,534,336", 11534336), ("480B", 480e9), ("1.28K", 1280), ("-1.5E-02", -0.015), ("inf", float("inf"))]
)
def test_a_printed_number_is_read_as_such(text: str, value: float) -> None:
    assert amount(text) == value
