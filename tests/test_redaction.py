"""No secret reaches a message, a line of the journal or a stored failure, wherever it was planted."""

import json
import string
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli.main import main
from pipeline.errors import LawbookError
from pipeline.ingest.ingest import ingest
from pipeline.journal import journal, record
from pipeline.redaction import is_secret, redacted
from pipeline.store.publication.publish import publish
from tests.small_home import own_home

SECRET = "s3cr3tVALUE0123"
ADDRESSES = (
    "s3://KEY:{}@bucket/folder",
    "http://user:{}@host:5000",
    "https://host/path?token={}&x=1",
    "https://host/a?x=1&api_key={}",
    "gs://bucket/a?X-Goog-Signature={}",
    "http://u:{}@host?sig={}",
)
CONFIGS = (
    "[watch]\nlab = 's3://KEY:{}@bucket/folder'\n",
    "history = 's3://KEY:{}@bucket/folder'\n",
    "[trackers]\nlab = 'http://user:{}@127.0.0.1:9?token={}'\n",
    "on_failure = 'program --token={}'\n",
    "compute = 'dask://user:{}@host:1'\n",
    "[watch]\nlab = 'https://host/logs?access_token={}'\n",
)


@given(st.text(string.ascii_letters + string.digits, min_size=8, max_size=40), st.sampled_from(ADDRESSES))
def test_a_secret_in_an_address_is_taken_out_wherever_the_address_stands(secret: str, address: str) -> None:
    text = f"watch {address.replace('{}', 'Q' + secret)!r} cannot be read; check it"
    assert "Q" + secret not in redacted(text)
    assert redacted(text).endswith("cannot be read; check it")


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=80).filter(lambda text: not set("=:@") & set(text)))
def test_a_text_without_a_secret_stays_as_it_is(text: str) -> None:
    assert redacted(text.replace("Basic", "").replace("Bearer", "")) == text.replace("Basic", "").replace("Bearer", "")


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "MLFLOW_TRACKING_PASSWORD", "WANDB_API_KEY", "HF_TOKEN", "SOME_PAT"])
def test_the_value_of_a_secret_variable_is_taken_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, SECRET)
    assert str(LawbookError(f"the server answered: {SECRET} is unknown")) == "the server answered: *** is unknown"


@pytest.mark.parametrize("config", CONFIGS)
def test_no_setting_prints_its_secret(config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = own_home(tmp_path / "home")
    (home.root / "config.toml").write_text(config.replace("{}", SECRET), encoding="utf-8")
    for command in (["doctor"], ["check", str(home.root)], ["refit", "--debug"]):
        main(["--home", str(home.root), *command])
    out = capsys.readouterr()
    assert SECRET not in out.out + out.err
    assert out.err
    assert SECRET not in "".join(path.read_text() for path in (home.root / "logs").glob("*") if path.is_file())


def test_the_journal_holds_no_secret(tmp_path: Path) -> None:
    home = own_home(tmp_path / "home")
    record(home, "looked", where=f"http://user:{SECRET}@host")
    assert json.loads(journal(home).read_text())["where"] == "http://***@host"


COLUMNS = '[columns]\nrun_id = "folder_path"\n"metric:loss" = "loss"\n'
LOGS = {
    "table": ("a.runs.csv", "run_id,params,api_key,seed\ngood,1e6,{0},1\nbad,minus one,{0},1\n"),
    "measurements": ("a.measurements.csv", "run_id,metric,value,step,wandb.apiKey\ngood,loss,3.5,1,{0}\ngood,loss,x,2,{0}\n"),
    "settings": ("version_1/hparams.yaml", "push_to_hub_token: {0}\nstore: {{aws_secret: {0}, access-key: {0}}}\nseed: 1\n"),
    "lines": ("r/config.json", '{{"trainer": {{"hfToken": "{0}", "password": "{0}"}}, "eos_token": "</s></s>", "seed": 1}}'),
}


@pytest.mark.parametrize("where", LOGS)
def test_a_secret_among_the_settings_of_a_run_is_not_published(where: str, tmp_path: Path) -> None:
    home = own_home(tmp_path / "home")
    (home.maps / "own.toml").write_text(f'kind = "measurements"\nmatch = "*/r/*.csv"\nbeside = "config.json"\n{COLUMNS}')
    for name, text in {"version_1/metrics.csv": "epoch,step,train_loss\n0,1,3\n", "r/m.csv": "loss\n2.5\n"}.items():
        (home.inbox / "lab" / name).parent.mkdir(parents=True, exist_ok=True)
        (home.inbox / "lab" / name).write_text(text, encoding="utf-8")
    name, text = LOGS[where]
    (home.inbox / "lab" / name).write_text(text.format(SECRET), encoding="utf-8")
    ingest(home)
    publish(home)
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        found = {table: str(connection.table(table).fetchall()) for table in ("runs", "quarantine", "runs_history")}
    assert [table for table, said in found.items() if SECRET in said] == []
    assert "***" in found["runs"] + found["quarantine"]


FIELD = (
    "tokenizer = 'one' and tokenizer = 'two'",
    "bytes per token: validation",
    "unit token, tokens: 12345678",
    "signature: N, D, E, A",
    "s3://bucket/folder: nothing lies there",
    "wandb:run@12 in lab",
    "the key 'token_count' is unknown; use data_seen",
)


@pytest.mark.parametrize("text", FIELD)
def test_the_words_of_the_field_are_no_secrets(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize("name", ["eos_token", "tokens", "config.tokenizer", "d_key", "key", "num_tokens", "token_count", "keys"])
def test_a_setting_of_the_field_is_no_secret(name: str) -> None:
    assert not is_secret(name)
