"""Every public run collection is read by its committed map, with the counts that its SOURCE.md states."""

import fnmatch
import shutil
from pathlib import Path

import pytest

from tests.ingest.conftest import Dropbox
from tests.readers.test_tracker_logs import FIXTURES

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
    ("log_fixtures/misc/nanogpt_metrics.csv", 12, 12, ("loss", "validation", ""), 12, 0),
    ("log_fixtures/misc/nanogpt_ablation_summary.csv", 16, 16, ("loss", "validation", ""), 16, 0),
    ("epoch_chinchilla/open_athena_massivetext_isoflops.csv", 247, 247, ("loss", "", ""), 247, 0),
    ("clip_pools_buckets/openclip_train_logs.csv", 568, 5, ("contrastive_loss", "train", ""), 568, 0),
    ("datablations/repetition_val_loss_curves.csv", 4481, 24, ("loss", "validation", "c4"), 4481, 0),
    ("datablations/repetition_train_loss_curves.parquet", 15035, 24, ("loss", "train", "c4"), 15035, 0),
    ("datablations/filter_loss_curves.csv", 8520, 4, ("loss", "train", "c4"), 8225, 0),
    ("datablations/c4_python_mix_loss_curves.csv", 296, 9, ("loss", "validation", "python"), 148, 0),
    ("gemstone/wandb_df_for_fitting_hot.jsonl", 220, 22, ("loss", "train", ""), 220, 0),
    ("gemstone/wandb_df_for_fitting_hot_100b+.jsonl", 770, 22, ("loss", "train", ""), 770, 0),
    ("gemstone/wandb_df_for_fitting_cool_end.jsonl", 199, 20, ("loss", "train", ""), 199, 0),
    ("misfitting/gshard.csv", 67, 67, ("avg_loss_avg", "train", ""), 67, 0),
    ("misfitting/spm.csv", 70, 70, ("avg_loss_avg", "train", ""), 70, 0),
    ("regmix/train_mixture_1m.csv", 512, 512, ("loss", "validation", ""), 0, 0),
    ("regmix/test_pile_loss_60m.csv", 256, 256, ("loss", "validation", "pile_arxiv"), 256, 0),
    ("olmo_ladder/peteish7_eval_anneal.csv", 1, 1, ("loss", "validation", "c4_en"), 1, 0),
    ("openclip_repetition/zeroshot_results.csv", 1312, 32, ("image_retrieval_recall_at_5", "test", "mscoco_captions"), 32, 0),
    ("obs_scaling/base_llm_benchmark_eval_sub_10b.csv", 92, 92, ("accuracy", "test", "gsm8k"), 92, 0),
    ("obs_scaling/base_llm_emergent_capability_eval.csv", 84, 84, ("exact_match", "test", "word_unscrambling_2"), 84, 0),
    ("obs_scaling/base_llm_leaderboard_v2_eval.csv", 72, 72, ("accuracy", "test", "leaderboard_bbh"), 72, 0),
    (
        "obs_scaling/base_llm_post_training_eval.csv",
        96,
        96,
        ("exact_match", "test", "gsm8k_cot_8_exact_match,strict-match"),
        93,
        0,
    ),
    ("obs_scaling/instruct_llm_benchmark_eval.csv", 27, 27, ("accuracy", "test", "mmlu"), 27, 0),
    ("obs_scaling/instruct_llm_agent_eval.csv", 27, 27, ("agent_bench", "test", "Code_OS"), 22, 0),
    ("gemstone/fineweb_dclm_losses_combined.jsonl", 770, 22, ("loss", "validation", "fineweb_dclm"), 770, 0),
    ("gemstone/fineweb_edu_losses_combined.jsonl", 770, 22, ("loss", "validation", "fineweb_edu"), 770, 0),
    ("gemstone/light_eval_df.parquet", 770, 22, ("error", "test", "hellaswag"), 770, 0),
    ("gemstone/preflight_mup_olmo_variant.csv", 24, 24, ("loss", "train", ""), 24, 0),
    (
        "misfitting/data.csv",
        307,
        222,
        ("loss", "validation", "wikipedia"),
        222,
        4,
    ),  # 81 headings; four state 0 parameters
    ("misfitting/dense.csv", 300, 220, ("loss", "validation", "c4"), 220, 0),
    ("datablations/downstream_tables.csv", 716, 35, ("rescaled_score", "test", "ARC-Easy"), 35, 0),
    ("datablations/mup_vs_sp_100m_tokens.csv", 2 * 7, 14, ("loss", "validation", "c4"), 14, 0),  # a row is a run of each way
    ("dclm/DCLM_model_database.csv", 413, 413, ("accuracy", "test", "hellaswag_zeroshot"), 413, 0),  # SOURCE.md counts 415
    ("dclm/architecture_results_gemma_like.csv", 10, 10, ("accuracy", "test", "agi_eval_lsat_ar"), 10, 0),
    ("dclm/architecture_results_mamba.csv", 10, 10, ("accuracy", "test", "agi_eval_lsat_ar"), 10, 0),
    ("sloth/data_v2.csv", 188, 188, ("accuracy", "test", "hellaswag"), 160, 0),
    ("extrapolation_curves/curves.csv", 6875, 41, ("loss", "test", "translation"), 53, 0),
    ("infinite_compute/ensembles_209M.csv", 24, 24, ("accuracy", "test", "sciq"), 24, 0),
    ("infinite_compute/wd_epochs_300m_209M.csv", 16, 16, ("accuracy", "test", "piqa"), 16, 0),
    ("olmo_ladder/peteish13_eval_full.csv", 94, 1, ("accuracy", "validation", "downstream_arc_challenge_test_mc_5shot"), 94, 0),
]


@pytest.mark.parametrize(("name", "rows", "runs", "series", "values", "refused"), COUNTS, ids=[str(item[0]) for item in COUNTS])
def test_the_map_reads_what_the_source_states(
    box: Dropbox,
    shared_data: Path,
    name: str,
    rows: int,
    runs: int,
    series: tuple[str, str, str],
    values: int | None,
    refused: int,
) -> None:
    target = box.home.inbox / name
    target.parent.mkdir(parents=True)
    shutil.copy(shared_data / name, target)
    report = box.ingest()
    assert report.quarantined == refused
    assert report.totals.ingested > 0
    assert report.totals.rows == rows
    assert box.rows("SELECT count(*) FROM runs") == [(runs,)]
    counted = box.rows("SELECT count(*) FROM measurements WHERE (metric, split, task) = ({!r}, {!r}, {!r})".format(*series))
    assert values is None or counted == [(values,)]


# folder, pattern of its files, files, rows, runs: many files of one kind, read together (olmo_ladder: 4198 rows in 41 files)
FOLDERS = [
    ("multi_power_law", "*M/*.csv", 18, 4162, 18),
    ("olmo_ladder", "*-*xC*.csv", 30, 3569, 30),
    ("olmo_ladder", "peteish*.csv", 11, 629, 11),
    ("gemstone", "wandb_df_for_fitting_*.jsonl", 15, 10895, 0),
    ("regmix", "*.csv", 8, 2176, 0),
]


@pytest.mark.parametrize(("folder", "pattern", "files", "rows", "runs"), FOLDERS, ids=[f"{f[0]}/{f[1]}" for f in FOLDERS])
def test_a_folder_of_logs_is_read_whole(
    box: Dropbox, shared_data: Path, folder: str, pattern: str, files: int, rows: int, runs: int
) -> None:
    for path in (shared_data / folder).glob(pattern):
        target = box.home.inbox / path.relative_to(shared_data)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    report = box.ingest()
    assert (report.files, report.totals.rows, report.refused_files) == (files, rows, 0)
    assert not runs or box.rows("SELECT count(*) FROM runs") == [(runs,)]


NO_LOGS = {  # what the public folders hold beside logs of training and evaluation: file -> why it is none
    "clip_pools_buckets/draft_fit_constants.csv": "constants of fits",
    "clip_pools_buckets/published_parameter_values.jsonl": "constants of fits",
    "clip_pools_buckets/path_epochs_dict.json": "epochs by path, which the map of the pools holds itself",
    "dclm/datasets.csv": "sizes of filtered sets that overlap: as pools they would be declared disjoint",
    "gemstone/our_val_loss_data.json": "losses of other makers' models by name alone: no size, no data, no run",
    "mixing_laws/RPJ.predictions.json": "predictions of a fitted law",
    "mixing_laws/*_proportions.txt": "the mixtures of runs, which the map holds itself",
    "olmo_ladder/run_map.json": "names of the files' runs",
    "openclip_repetition/arch_info.csv": "sizes of architectures, which the maps of the runs hold themselves",
    "resolving_discrepancies/optimal_pairs.csv": "optima of fits",
    "resolving_discrepancies/published_fits.csv": "constants of fits",
    "steplaw_dense/1004_fitted_lr_bs_scaling_model_parameters.csv": "constants of bootstrapped fits",
}


def test_every_public_file_is_read_by_a_map_or_a_reader_or_said_to_be_no_log(shared_data: Path) -> None:
    read = [str(item[0]) for item in COUNTS] + [f"{folder}/{pattern}" for folder, pattern, *_ in FOLDERS]
    read += [f"log_fixtures/{item[0]}*" for item in FIXTURES] + ["log_fixtures/*.yaml"]  # read with the logs beside them
    known = [*read, *NO_LOGS]
    found = [path.relative_to(shared_data) for path in shared_data.rglob("*") if path.is_file() and path.suffix != ".md"]
    assert [str(path) for path in found if not any(fnmatch.fnmatch(str(path), pattern) for pattern in known)] == []


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
