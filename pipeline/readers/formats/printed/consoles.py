"""The trainers whose console logs are read, one declaration each; docs/formats.md says where each form comes from."""

import re

from pipeline.readers.formats.printed.console import VALUE, Console, Line, before_the_batch, by_batch

TRAIN, VALIDATION, TEST = "metric:loss@train/", "metric:loss@validation/", "metric:loss@test/"
NORM, BITS = "metric:grad_norm@train/", "metric:bits_per_byte@validation/"
START = r"(?:^|[\s\]):|>])"


def _line(pattern: str, fields: str | None = None, beneath: bool = False, **columns: str) -> Line:
    """Each field and the column that it becomes; two underscores stand for a blank, `**{"dev-ce": ...}` for other signs."""
    named = {name.replace("__", " "): column for name, column in columns.items()}
    return Line(re.compile(pattern), named, re.compile(fields) if fields else None, beneath)


BARS = rf"(?P<name>[A-Za-z][\w /.()-]*?):\s*(?P<value>{VALUE})\s*(?=\||$)"
BLANKS = rf"(?P<name>[A-Za-z]\w*):\s*(?P<value>{VALUE})"
LENGTH = r"\b(?:encoder_)?seq(?:uence)?_len(?:gth)?\b['\"]?[\s.:=]+(?P<sequence_length>\d+)"
ARGUMENT = r"(?:^|\s){} \.{{2,}} (?P<{}>" + VALUE + r")\s*$"
MEGATRON = Console(
    "megatron-lm",
    "lines 'iteration N/M | lm loss: ...' (also of Megatron-DeepSpeed and GPT-NeoX), validation and test loss",
    (
        _line(
            r"test (?:loss|results) at (?:iteration (?P<step>\d+)|the end)[^|]*\|",
            BARS,
            lm__loss__value=TEST,
            lm_loss__value=TEST,
        ),
        _line(
            r"validation (?:loss|results) at (?:iteration (?P<step>\d+) on|the end of training for) test[^|]*\|",
            BARS,
            lm__loss__value=TEST,
            lm_loss__value=TEST,
        ),
        _line(
            r"validation (?:loss|results) at (?:iteration (?P<step>\d+)|the end of training)[^|]*\|",
            BARS,
            lm__loss__value=VALIDATION,
            lm_loss__value=VALIDATION,
        ),
        _line(
            rf"{START}iteration\s+(?P<step>\d+)/\s*(?P<of>\d+)\s*\|",
            BARS,
            lm__loss=TRAIN,
            lm_loss=TRAIN,
            loss=TRAIN,
            grad__norm=NORM,
            learning__rate="lr",
            consumed__samples="samples",
            consumed__tokens="tokens",
        ),
    ),
    tuple(
        re.compile(ARGUMENT.format(name, column))
        for name, column in (
            ("seq_length", "sequence_length"),
            ("global_batch_size", "batch_size"),
            ("num_layers", "layers"),
            ("hidden_size", "width"),
            ("lr", "peak_lr"),
            ("min_lr", "final_lr"),
            ("seed", "seed"),
            ("world_size", "accelerator_count"),
        )
    ),
)
TORCHTITAN = Console(
    "torchtitan",
    "lines 'step: N  loss: X  grad_norm: ...' and 'validate step: N  loss: X'",
    (
        _line(rf"validate step:\s*(?P<step>\d+)\s+loss:\s*(?P<loss>{VALUE})", loss=VALIDATION),
        _line(rf"{START}step:\s*(?P<step>\d+)\s+(?=loss:\s)", BLANKS, loss=TRAIN, grad_norm=NORM, lr="lr"),
    ),
    (
        re.compile(r"global batch size (?P<batch_size>\d+)"),
        re.compile(r"sequence length (?P<sequence_length>\d+)"),
        re.compile(r"total steps (?P<of>\d+)"),
        re.compile(r"[Mm]odel .*size: (?P<params>[\d,]+) total parameters"),
    ),
    re.compile(r"Training completed"),
    by_batch,
)
NEMO = Console(
    "nemo",
    "lines 'Training epoch E, iteration N/M | reduced_train_loss: ...'",
    (
        _line(
            r"Training epoch \d+, iteration (?:\d+)/(?:\d+) \|(?=.*\bglobal_step: (?P<step>\d+))",
            BARS,
            reduced_train_loss=TRAIN,
            lr="lr",
            consumed_samples="samples",
            val_loss=VALIDATION,
            grad_norm=NORM,
        ),
        _line(
            r"Training epoch \d+, iteration (?P<step>\d+)/(?:\d+) \|",
            BARS,
            reduced_train_loss=TRAIN,
            lr="lr",
            consumed_samples="samples",
            val_loss=VALIDATION,
            grad_norm=NORM,
        ),
    ),
    (re.compile(LENGTH),),
    re.compile(r"`Trainer\.fit` stopped: `max_(?:steps|epochs)=\d+` reached"),
    held=(VALIDATION,),
)
OLMO_CORE = Console(
    "olmo-core",
    "lines '[step=N/M,epoch=E]' with 'train/CE loss=X' (OLMo: 'train/CrossEntropyLoss=X') beneath",
    (
        _line(
            r"\[step=(?P<step>[\d,]+)/(?:(?P<of>[\d,]+)|\?+),epoch=",
            rf"\b(?P<name>(?:train|optim|throughput)/[^=]+)=(?P<value>{VALUE})\s*$",
            True,
            **{
                "train/ce__loss": TRAIN,
                "train/crossentropyloss": TRAIN,
                "train/z__loss": "metric:z_loss@train/",
                "optim/total__grad__norm": NORM,
                "optim/total_grad_norm": NORM,
                "optim/lr": "lr",
                "optim/lr__(group__0)": "lr",
                "throughput/total__tokens": "tokens",
                "throughput/total_tokens": "tokens",
            },
        ),
    ),
    closed=re.compile(r"Training complete\b"),
)
NANOTRON = Console(
    "nanotron",
    "lines 'iteration: N / M | consumed_tokens: ... | lm_loss: ...'",
    (
        _line(
            r"iteration: (?P<step>\d+) / (?P<of>\d+) \|(?=.*\blm_loss:)",
            BARS,
            lm_loss=TRAIN,
            lr="lr",
            grad_norm=NORM,
            consumed_tokens="tokens",
        ),
    ),
    (re.compile(r"sequence_length: (?P<sequence_length>\d+) \| global_batch_size: (?P<batch_size>\d+)"),),
    data=by_batch,
)
LITGPT = Console(
    "litgpt",
    "lines '... iter I step N | loss train: X' and 'iter I: val loss X'",
    (
        _line(rf"iter \d+ step (?P<step>\d+) \| loss train: (?P<loss>{VALUE})", loss=TRAIN),
        _line(rf"iter \d+ (?:\| )?step (?P<step>\d+): loss (?P<loss>{VALUE}),\s+iter.time", loss=TRAIN),
        _line(rf"(?:iter|step) \d+: val loss (?P<loss>{VALUE}), val time", loss=VALIDATION),
    ),
    (re.compile(r"Total parameters: (?P<params>[\d,]+)"),),
)
NANOCHAT = Console(
    "nanochat",
    "lines 'step N/M (P%) | loss: X | lrm: ...' (also 'step N | loss: X | lr ...') and 'Step N | Validation bpb: X'",
    (
        _line(rf"Step (?P<step>\d+) \| Validation bpb: (?P<bpb>{VALUE})", bpb=BITS),
        _line(rf"Step (?P<step>\d+) \| CORE metric: (?P<core>{VALUE})", core="metric:core@test/"),
        _line(
            rf"{START}step\s+(?P<step>\d+)(?:/(?P<of>\d+))?(?:\s+\([\d.]+%\))?\s*\|(?=\s*loss:)",
            rf"(?P<name>[A-Za-z]\w*):?\s+(?P<value>{VALUE})\s*(?=\||$)",
            loss=TRAIN,
            lr="lr",
            norm=NORM,
        ),
    ),
    (
        re.compile(r"Total batch size (?P<batch_tokens>[\d,]+) =>"),
        re.compile(r"Number of parameters: (?P<params>[\d,]+)"),
        re.compile(r"Calculated number of iterations[^:]*: (?P<of>[\d,]+)"),
    ),
    re.compile(r"Total training time:"),
    by_batch,
)
LLMC = Console(
    "llm.c console",
    "lines 'step N/M | loss X (Zz)| norm G | lr R' and 'val loss X'",
    (
        _line(
            rf"{START}step\s+(?P<step>\d+)/(?P<of>\d+) \| (?:train )?loss (?P<loss>{VALUE})[^|]*\|"
            rf"(?: norm (?P<norm>{VALUE})[^|]*\|)?(?: lr (?P<lr>{VALUE}))?",
            loss=TRAIN,
            norm=NORM,
            lr="lr",
        ),
        Line(re.compile(rf"{START}val loss (?P<loss>{VALUE})\s*$"), {"loss": VALIDATION}, shared=True),
    ),
    (
        re.compile(r"\bseq_len T=(?P<sequence_length>\d+) .*\btotal_batch_size=(?P<batch_tokens>\d+)"),
        re.compile(r"num_parameters: (?P<params>\d+)"),
    ),
    data=by_batch,
)
MODDED_NANOGPT = Console(
    "modded-nanogpt",
    "lines 'step:N/M val_loss:X train_time:...' and 'step:N/M train_loss:X'",
    (
        _line(
            rf"step:(?P<step>\d+)/(?P<of>\d+) val_loss:(?P<loss>{VALUE})(?: val_bpb:(?P<bpb>{VALUE}))?",
            loss=VALIDATION,
            bpb=BITS,
        ),
        _line(rf"step:(?P<step>\d+)/(?P<of>\d+) (?:train_)?loss:(?P<loss>{VALUE})", loss=TRAIN),
    ),
)
DEEPSPEED = Console(
    "deepspeed",
    "lines 'steps: N loss: X iter time (s): ...' of its pipeline engine, rates from 'step=N, skipped=0, lr=[R]'",
    (_line(rf"steps: (?P<step>\d+) loss: (?P<loss>{VALUE})\s.*iter time \(s\):", loss=TRAIN),),
    rates=re.compile(rf"\bstep=(?P<step>\d+), skipped=\d+, lr=\[(?P<lr>{VALUE})"),
)

COMPOSER_FIELDS = {
    "train time/batch": "batches",
    "train trainer/global_step": "batches",
    "train time/token": "tokens_before",
    "train time/sample": "samples_before",
    "train metrics/train/languagecrossentropy": TRAIN,
    "train metrics/train/crossentropy": TRAIN,
    "train loss/train/total": "metric:total_loss@train/",
    "train l2_norm/grad/global": NORM,
    "eval metrics/eval/languagecrossentropy": VALIDATION,
    "eval metrics/eval/crossentropy": VALIDATION,
}
COMPOSER_VALUE = re.compile(rf"(?P<name>(?:Train|Eval) [\w./-]+):\s*(?P<value>{VALUE})\s*$")
COMPOSER = Console(
    "composer",
    "lines '[batch=N/M]:' with 'Train metrics/train/LanguageCrossEntropy: X' and 'Eval metrics/eval/...' beneath",
    (
        Line(re.compile(r"\[batch=(?P<step>\d+)/(?P<of>\d+)\]:\s*$"), COMPOSER_FIELDS, COMPOSER_VALUE, True),
        Line(
            re.compile(r"\[(?:epoch|sample|token|iteration)=\d+[^]]*\](?:\[batch=[^]]*\])?:\s*$"),
            COMPOSER_FIELDS,
            COMPOSER_VALUE,
            True,
        ),
        Line(re.compile(r"\[Eval batch=\d+/\d+\] Eval on \S+ data:\s*$"), COMPOSER_FIELDS, COMPOSER_VALUE, True),
    ),
    closed=re.compile(r"\bEngine closed\."),
    data=before_the_batch,
)

ASKED = 190
READERS = tuple(
    console.reader()
    for console in (COMPOSER, NEMO, MEGATRON, TORCHTITAN, OLMO_CORE, NANOTRON, LITGPT, NANOCHAT, MODDED_NANOGPT, DEEPSPEED, LLMC)
)
