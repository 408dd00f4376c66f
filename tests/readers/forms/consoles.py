"""What trainers print: the start that says sizes, a line a step, and the last words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.readers.forms.form import BATCH, LENGTH, MEAN, PARAMS, RATE, TOKENS, Curve, Files, Form, text

SEEN = 200 * TOKENS


@dataclass(frozen=True)
class Printed:
    """How a console prints. In `line` stand step, value, of (steps of the run), samples and tokens; `end` is printed last."""

    line: str
    start: str = ""
    end: str = ""

    def files(self, curve: Curve, ended: bool) -> Files:
        """The log of that curve."""
        of = max(step for step, _ in curve) * (1 if ended else 2)
        said = {"of": of, "rate": RATE, "batch": BATCH, "length": LENGTH, "a_step": TOKENS, "params": PARAMS, "mean": MEAN}
        printed = [self.start.format(**said)]
        for step, value in curve:
            place = {"step": step, "before": step - 1, "samples": step * BATCH, "tokens": step * TOKENS, "micro": 4 * step}
            place |= {"seen_before": (step - 1) * TOKENS}
            printed.append(self.line.format(value=value, **place, **said))
        return text("slurm-17.out", "".join(printed) + (self.end.format(**said) if ended else ""))


MEGATRON = Printed(
    " iteration {step:8}/{of:8} | consumed samples: {samples:12} | learning rate: {rate:.6E} | global batch size: {batch} | "
    "lm loss: {value:.6E} | grad norm: 1.5 | number of nan iterations: 0 |\n",
    "  global_batch_size ....................... {batch}\n  seq_length .............................. {length}\n"
    "  lr ...................................... {rate}\n",
)
TORCHTITAN = Printed(
    "[titan] 2025-11-25 19:45:01,441 - root - INFO - step: {step}  loss:  {value:.4f}  grad_norm:  1.46  memory:  1.21GiB\n",
    "[titan] - INFO - Model llama3 debugmodel size: {params:,} total parameters\n[titan] - INFO - Trainer is initialized with "
    "local batch size 8, global batch size {batch}, sequence length {length}, total steps {of} (warmup 2)\n",
)
NEMO = Printed(
    "Training epoch 0, iteration {step}/999 | lr: {rate} | global_batch_size: {batch} | global_step: {step} | "
    "reduced_train_loss: {value} | consumed_samples: {samples}\n",
    "seq_length: {length}\n",
    "`Trainer.fit` stopped: `max_steps={of}` reached.\n",
)
OLMO_CORE = Printed(
    "2026-08-08 12:01:00 INFO [console_logger:68] [step={step}/{of},epoch=1]\n    train/CE loss={value:.3f}\n"
    "    optim/LR (group 0)={rate:.2E}\n    throughput/total tokens={tokens:,}\n",
)
NANOTRON = Printed(
    "08/31/2024 [INFO|DP=0|PP=0|TP=0]: iteration: {step} / {of} | consumed_tokens: {tokens} | global_batch_size: 65.5K | "
    "lm_loss: {value} | lr: {rate}\n",
    "08/31/2024 [INFO|DP=0|PP=0|TP=0]: sequence_length: {length} | global_batch_size: {batch} | train_steps: {of}\n",
)
LITGPT = Printed(
    "Epoch 1 | iter {micro} step {step} | loss train: {value:.3f}, val: n/a | iter time: 500.10 ms (step)\n",
    "Total parameters: {params:,}\n",
)
NANOCHAT = Printed(
    "step {step:05d}/{of} (1.00%) | loss: {value:.6f} | lrm: 1.00 | dt: 77.27ms | tok/sec: 13,448\n",
    "Number of parameters: {params:,}\nTotal batch size {a_step:,} => gradient accumulation steps: 1\n",
    "Total training time: 10.00m\n",
)
MODDED = Printed("step:{step}/{of} val_loss:{value:.4f} train_time:12345ms step_avg:98.76ms\n")
LLMC = Printed(
    "step {step:4}/{of} | loss {value} (+0.10z)| norm 15.33 (-0.20z)| lr {rate:.2e} | 3052.13 ms | 171776 tok/s\n",
    "batch_size B=64 * seq_len T={length} * num_processes=1 and total_batch_size={a_step}\n"
    "num_parameters: {params} => bytes: 2\n",
)
DEEPSPEED = Printed(
    "[INFO] [logging.py:96:log_dist] [Rank 0] step={step}, skipped=0, lr=[{rate}], mom=[(0.9, 0.999)]\n"
    "steps: {step} loss: {value:.4f} iter time (s): 1.250 samples/sec: 51.200\n",
)
COMPOSER = Printed(
    "[batch={step}/{of}]:\n\t Train time/batch: {before}\n\t Train time/token: {seen_before}\n\t Train loss/train/total: {mean}\n"
    "\t Train metrics/train/LanguageCrossEntropy: {value:.4f}\n",
    end="DEBUG: composer.core.engine: Engine closed.\n",
)
TORCHTUNE = Printed("Step {step} | loss:{value} lr:{rate} tokens_per_second_per_gpu:1000.5 \n")
MMENGINE = Printed(
    "01/29 21:35:34 - mmengine - INFO - Iter(train) [ {step}/{of}]  lr: {rate}  eta: 0:31:46  memory: 1  loss: {value}\n"
)
PADDLENLP = Printed(
    "[2022-08-31 16:19:16,008] [    INFO] - loss: {value}, learning_rate: {rate}, global_step: {step}, interval_runtime: 2.2\n",
    "[    INFO] -   Total train batch size (w. parallel, distributed & accumulation) = {batch}\n"
    "[    INFO] -   Total optimization steps = {of}\n",
)
MAXTEXT = Printed(
    "completed step: {step}, seconds: 1.2, TFLOP/s/device: 100.1, Tokens/s/device: 1000.5, total_weights: 65536, loss: {value}\n"
)
VERL = Printed("step:{step} - train/loss:{value} - train/lr(1e-3):0.01 - train/time(s):2.5\n")
BOTH, NEVER = ("finished", "running"), (None, "running")
SIZES = {"batch_size": BATCH, "sequence_length": LENGTH}


def _form(title: str, printed: Printed, rows: int, seen: float | None, status: tuple[str | None, str], **given: Any) -> Form:
    said: dict[str, Any] = {"settings": {}, "metric": ("loss", "train", ""), **given}
    write: Callable[[Curve, bool], Files] = printed.files
    return Form(title, f"{title.lower()} log", write, (rows, 2, seen), status, **said)


FORMS = (
    _form("Megatron-LM", MEGATRON, 3, SEEN, BOTH, settings={**SIZES, "peak_lr": RATE}),
    _form("torchtitan", TORCHTITAN, 3, SEEN, BOTH, settings={**SIZES, "params": PARAMS}),
    _form("NeMo", NEMO, 3, SEEN, BOTH, settings={"sequence_length": LENGTH}),
    _form("OLMo-core", OLMO_CORE, 3, SEEN, BOTH),
    _form("nanotron", NANOTRON, 3, SEEN, BOTH, settings=SIZES),
    _form("litgpt", LITGPT, 3, None, NEVER, settings={"params": PARAMS}),
    _form("nanochat", NANOCHAT, 3, SEEN, BOTH, settings={"params": PARAMS}),
    _form("modded-nanogpt", MODDED, 3, None, BOTH, metric=("loss", "validation", "")),
    _form("llm.c console", LLMC, 3, SEEN, BOTH, settings={"params": PARAMS, "sequence_length": LENGTH}),
    _form("DeepSpeed", DEEPSPEED, 3, None, NEVER),
    _form("Composer", COMPOSER, 3, SEEN, BOTH),
    _form("torchtune", TORCHTUNE, 3, None, NEVER),
    _form("mmengine", MMENGINE, 3, None, BOTH),
    _form("PaddleNLP", PADDLENLP, 3, None, BOTH, settings={"batch_size": BATCH}),
    _form("MaxText", MAXTEXT, 3, None, NEVER),
    _form("verl", VERL, 3, None, NEVER),
)
