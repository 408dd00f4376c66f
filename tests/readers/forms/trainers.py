"""The logs that trainers write themselves."""

import json
import math

from tests.readers.forms.form import MEAN, PARAMS, RATE, TOKENS, Curve, Files, Form, text

VALIDATION = ("loss", "validation", "")
SEEN = 200 * TOKENS
NATS = math.log(2)


def hugging_face(curve: Curve, ended: bool) -> Files:
    history: list[dict[str, object]] = [
        {"step": step, "loss": value, "learning_rate": RATE, "grad_norm": 1.0, "num_input_tokens_seen": step * TOKENS}
        for step, value in curve
    ]
    last = curve[-1][0]
    history += [{"step": last, "train_loss": MEAN, "train_runtime": 1.0}] if ended else []
    state = {"log_history": history, "global_step": last, "max_steps": 2 * last, "num_train_epochs": 2**63 - 1, "epoch": 0.5}
    index = {"metadata": {"total_size": 4 * PARAMS, "total_parameters": PARAMS}, "weight_map": {}}
    files = {"trainer_state.json": state, "model.safetensors.index.json": index}
    return {name: (json.dumps(content) + "\n").encode() for name, content in files.items()}


def lightning(curve: Curve, _ended: bool) -> Files:
    rows = "".join(f"0,{step},{value},,{step * TOKENS}\n" for step, value in curve)
    header = "epoch,step,train_loss,train_loss_epoch,tokens_seen\n"
    return {
        "version_0/metrics.csv": f"{header}{rows}0,{curve[-1][0]},,{MEAN},\n".encode(),
        "version_0/hparams.yaml": f"n_params: {PARAMS}\nbetas: !!python/tuple [0.9, 0.95]\nlr: {RATE}\n".encode(),
    }


def nanogpt(curve: Curve, ended: bool) -> Files:
    last = curve[-1][0]
    start = f"max_iters = {last if ended else 2 * last}\ntokens per iteration will be: {TOKENS:,}\nnumber of parameters: 1.00M\n"
    return text("r.log", start + "".join(f"step {step}: train loss {MEAN:.4f}, val loss {value:.4f}\n" for step, value in curve))


def llmc(curve: Curve, _ended: bool) -> Files:
    return text("main.log", "".join(f"s:{step} tel:{value}\ns:{step} trl:{MEAN} lr:{RATE} norm:1.0\n" for step, value in curve))


def keras(curve: Curve, _ended: bool) -> Files:
    rows = "".join(f"{step - 1},{RATE},{MEAN},{value}\n" for step, value in curve)
    return text("training.log", "epoch,learning_rate,loss,val_loss\n" + rows)


def fairseq(curve: Curve, ended: bool) -> Files:
    at = "2024-03-01 12:00:00 | INFO |"
    lines = [f"{at} fairseq_cli.train | num. model params: {PARAMS:,} (num. trained: {PARAMS:,})"]
    for step, value in curve:
        bits = math.nan if math.isnan(value) else value / NATS
        loss, perplexity = (f"{bits:.12g}", "nan" if math.isnan(bits) else f"{2**bits:.12g}")
        said = {"loss": loss, "ppl": perplexity, "wpb": str(TOKENS), "num_updates": str(step), "lr": str(RATE)}
        lines.append(f"{at} train_inner | {json.dumps(said)}")
    mean = {"train_loss": str(MEAN / NATS), "train_ppl": str(2 ** (MEAN / NATS)), "train_num_updates": str(curve[-1][0])}
    lines += [f"{at} train | {json.dumps(mean)}"]
    lines += [f"{at} fairseq_cli.train | done training in 181.5 seconds"] if ended else []
    return text("r.log", "\n".join(lines) + "\n")


def levanter(curve: Curve, ended: bool) -> Files:
    def line(event: str, **said: object) -> str:
        return f"10:00:00 - INFO :: {json.dumps({'tracker': 'json_logger', 'event': event, **said})}\n"

    logged = [
        line("log", step=step, metrics={"train/loss": value, "throughput/total_tokens": step * TOKENS}) for step, value in curve
    ]
    end = line("finish", summary={"train/loss": MEAN}) if ended else ""
    return text("r.log", line("hparams", hparams={"n_params": PARAMS, "seed": 7}) + "".join(logged) + end)


def openclip(curve: Curve, ended: bool) -> Files:
    lines = [f"INFO | epochs: {1 if ended else 2}\n", "INFO | dataset_resampled: False\n"]
    for step, value in curve:
        lines.append(
            f"Train Epoch: 0 [{step}/{curve[-1][0]} (50%)] Data (t): 0.1 Batch (t): 0.9, 142.2/s LR: {RATE} Logit Scale: 14.3 "
            f"Contrastive_loss: {value} ({MEAN}) Loss: {value} ({MEAN})\n"
        )
    return text("out.log", "".join(lines))


def openclip_results(curve: Curve, _ended: bool) -> Files:
    rows = ({"imagenet-zeroshot-val-top1": value, "imagenet-zeroshot-val-top5": 0.9, "epoch": step} for step, value in curve)
    return text("checkpoints/results.jsonl", "".join(json.dumps(row) + "\n" for row in rows))


def llama_factory(curve: Curve, ended: bool) -> Files:
    last = max(step for step, _ in curve)
    of = last if ended else 2 * last
    rows: list[dict[str, object]] = [
        {"current_steps": step, "total_steps": of, "loss": value, "lr": RATE, "percentage": 50, "total_tokens": step * TOKENS}
        for step, value in curve
    ]
    rows += [{"current_steps": last, "total_steps": of, "percentage": 100, "total_tokens": last * TOKENS}] if ended else []
    return text("r/trainer_log.jsonl", "".join(json.dumps(row) + "\n" for row in rows))


def composer_file(curve: Curve, _ended: bool) -> Files:
    lines = [f"[hyperparameter]: n_params: {PARAMS} \n[hyperparameter]: seed: 7 \n"]
    for step, value in curve:
        place = f"[metric][batch={step - 1}]: "
        logged = (("time/token", (step - 1) * TOKENS), ("loss/train/total", MEAN), ("metrics/train/LanguageCrossEntropy", value))
        lines += [f"{place}{name}: {number} \n" for name, number in (*logged, ("lr-DecoupledAdamW/group0", RATE))]
    return text("r/logs-rank0.txt", "".join(lines))


def easylm(curve: Curve, _ended: bool) -> Files:
    blocks = (
        f"\n{{'accuracy': Array(0.01, dtype=float32),\n 'eval_loss': Array({value}, dtype=float32),\n"
        f" 'learning_rate': Array({RATE}, dtype=float32),\n 'step': {step}}}\n\n"
        for step, value in curve
    )
    return text("r.log", "".join(blocks))


def printed(curve: Curve, _ended: bool) -> Files:
    rows = (f"INFO {{'step': {step}, 'train/loss': {value}, 'tokens_seen': {step * TOKENS}}}\n" for step, value in curve)
    return text("r.log", "".join(rows))


FORMS = (
    Form(
        "Hugging Face",
        "huggingface trainer state",
        hugging_face,
        (4, 2, SEEN),
        ("finished", "running"),
        {"params": PARAMS, "epochs": 0.5},
        restart="again",
    ),
    Form("Lightning", "lightning csv", lightning, (4, 2, SEEN), ("finished", None), {"params": PARAMS, "peak_lr": RATE}),
    Form("nanoGPT", "nanogpt log", nanogpt, (3, 2, SEEN), ("finished", "running"), {"params": PARAMS}, VALIDATION),
    Form("llm.c", "llm.c log", llmc, (4, 2, None), (None, "running"), {}, VALIDATION),
    Form("Keras", "keras csv log", keras, (3, 2, None), (None, "running"), {"epochs": 2}, VALIDATION, ((1, 3.0), (2, 2.5))),
    Form("fairseq", "fairseq log", fairseq, (4, 2, SEEN), ("finished", "running"), {"params": PARAMS}),
    Form("Levanter", "levanter json log", levanter, (3, 2, SEEN), ("finished", "running"), {"params": PARAMS, "seed": 7}),
    Form(
        "OpenCLIP log",
        "openclip log",
        openclip,
        (3, 2, 200),
        ("finished", "running"),
        {"data_unique": 200, "data_per_second": 142.2},
        ("contrastive_loss", "train", ""),
        at="data_seen",
    ),
    Form(
        "OpenCLIP results",
        "openclip results",
        openclip_results,
        (2, 2, None),
        (None, "running"),
        {},
        ("accuracy", "test", "imagenet"),
        ((1, 0.25), (2, 0.5)),
    ),
    Form("LLaMA-Factory", "llama-factory log", llama_factory, (3, 2, SEEN), ("finished", "running")),
    Form("Composer file", "composer file log", composer_file, (3, 2, SEEN), (None, "running"), {"params": PARAMS, "seed": 7}),
    Form("EasyLM", "printed dictionaries", easylm, (3, 2, None), (None, "running"), {}, VALIDATION),
    Form("printed dictionaries", "printed dictionaries", printed, (3, 2, SEEN), (None, "running")),
)
