"""Every public run collection is read by its committed map, with the counts that its SOURCE.md states."""

import shutil
from pathlib import Path

import pytest

from tests.ingest.conftest import Dropbox

# file, rows, runs, (metric, split, task) and how many values of it; refused rows contradict each other in the source
COUNTS = [
    ("epoch_chinchilla/svg_extracted_data.csv", 245, 245, ("loss", "", ""), 245, 0),
    ("datablations/final_losses.csv", 344, 344, ("loss", "validation", "c4_paper_fit"), 182, 0),
    ("clip_pools_buckets/pool_learning_curves.csv", 217 + 11 + 18, 11, ("error", "test", "imagenet"), 217, 0),
    ("chinchilla_kyo_takano/df.csv", 234, 234, ("loss", "train", ""), 234, 0),
    ("misfitting/scaling_results_last_ckpt_only.csv", 261, 247, ("loss", "validation", "c4"), 247, 13),
    ("misfitting/scaling_results.csv", 4852, 247, ("loss", "validation", "c4"), 4826, 24),
    ("misfitting/open_athena_isoflops.csv", 176, 176, ("loss", "", ""), 176, 0),
    ("gemstone/wandb_df_for_fitting_hot_477.jsonl", 1100, 22, ("loss", "train", ""), 1100, 0),
    ("gemstone/wandb_df_for_fitting_slim_chinchilla.jsonl", 28, 28, ("loss", "train", ""), 28, 0),
    ("resolving_discrepancies/isoflop_points.csv", 1748, 1748, ("loss", "validation", ""), 940, 0),
    ("dclm/runs.csv", 133, 133, ("accuracy", "test", "hellaswag"), 133, 0),
    ("steplaw_dense/dense_lr_bs_loss.csv", 1911, 1911, ("loss", "train", ""), 1911, 0),
    ("regmix/train_pile_loss_1m.csv", 512, 512, ("loss", "validation", "pile_arxiv"), 512, 0),
    ("regmix/test_mixture_1B.csv", 64, 64, ("loss", "validation", ""), 0, 0),
    ("mixing_laws/losses.parquet", 61451, 274, ("loss", "validation", "Github"), None, 27),
    ("routing/curves.csv.gz", 5799, 223, ("loss", "validation", "c4"), 5790, 0),
    ("vocab_scaling/exp_data.csv", 1200, 60, ("loss_unigram_normalised", "", ""), 1200, 0),
    ("olmo_ladder/190M-1xC.csv", 37, 1, ("loss", "validation", "c4_en"), 37, 0),
    ("obs_scaling/base_llm_benchmark_eval.csv", 148, 148, ("accuracy", "test", "mmlu"), None, 0),
    ("sloth/df_full_v1.csv", 168, 168, ("accuracy", "test", "mmlu"), 168, 0),
    ("sloth/df_full_v2.csv", 216, 214, ("accuracy", "test", "bbh"), 214, 2),
    ("multi_power_law/25M/constant_24000.csv", 171, 1, ("loss", "train", ""), 171, 0),
    ("openclip_repetition/imagenet_zeroshot_learning_curves.csv", 3359, 29, ("error", "test", "imagenet"), 3359, 0),
    ("openclip_repetition/trained_models_info.csv", 29, 29, ("error", "test", "imagenet"), 0, 0),
    ("log_fixtures/misc/nanogpt_metrics.csv", None, None, ("loss", "validation", ""), None, 0),
    ("log_fixtures/misc/nanogpt_ablation_summary.csv", None, None, ("loss", "validation", ""), None, 0),
]


@pytest.mark.parametrize(("name", "rows", "runs", "series", "values", "refused"), COUNTS, ids=[str(item[0]) for item in COUNTS])
def test_the_map_reads_what_the_source_states(
    box: Dropbox, shared_data: Path, name: str, rows: int, runs: int, series: tuple[str, str, str], values: int, refused: int
) -> None:
    target = box.home.inbox / name
    target.parent.mkdir(parents=True)
    shutil.copy(shared_data / name, target)
    report = box.ingest()
    assert report.quarantined == refused
    assert report.totals.taken > 0
    assert rows is None or report.totals.rows == rows
    assert runs is None or box.rows("SELECT count(*) FROM runs") == [(runs,)]
    counted = box.rows("SELECT count(*) FROM measurements WHERE (metric, split, task) = ({!r}, {!r}, {!r})".format(*series))
    assert values is None or counted == [(values,)]


def test_the_clip_pools_are_seven_atomic_ones_and_four_made_of_them(box: Dropbox, shared_data: Path) -> None:
    target = box.home.inbox / "clip" / "pool_learning_curves.csv"
    target.parent.mkdir(parents=True)
    shutil.copy(shared_data / "clip_pools_buckets" / target.name, target)
    box.ingest()
    atomic = "SELECT sum(data_unique), count(*), max(quality_rank) FROM pools WHERE pool NOT IN (SELECT pool FROM pool_members)"
    assert box.rows(atomic) == [(128e6, 7, 7.0)]
    columns = "pool, sum(share), sum(m.data_unique) / any_value(p.data_unique)"
    totals = box.rows(f"SELECT {columns} FROM pool_members m JOIN pools p USING (pool) GROUP BY 1")
    assert len(totals) == 4
    assert all(share == pytest.approx(1) and unique == pytest.approx(1) for _, share, unique in totals)


def test_the_chinchilla_map_gives_tokens_and_compute(box: Dropbox, shared_data: Path) -> None:
    target = box.home.inbox / "x" / "svg_extracted_data.csv"
    target.parent.mkdir(parents=True)
    shutil.copy(shared_data / "epoch_chinchilla" / target.name, target)
    box.ingest()
    assert box.rows("SELECT namespace, params, data_seen * 6 * params / flops, flops_source FROM runs WHERE run_id = 'c1'") == [
        ("massivetext", 6795600349.289497, pytest.approx(1), "logged")
    ]
