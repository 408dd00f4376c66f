"""The hardware table: shipped values, recognised names, refused mistakes."""

import pytest

from pipeline.errors import HardwareError
from pipeline.hardware import SHIPPED, hardware_digest, load_hardware
from pipeline.home import Home
from pipeline.study.studies import load_studies


def test_every_shipped_accelerator_has_a_training_peak_and_a_dated_price():
    table = load_hardware()
    assert table.accelerator().name == table.default
    for device in table.accelerators.values():
        assert device.peak() >= 1e9
        assert device.price_date.year >= 2024


def test_dense_peak_of_an_h100_is_not_the_sparse_one():
    assert load_hardware().accelerator("h100-sxm").peak("bf16") == 989e12


@pytest.mark.parametrize(
    ("logged", "name"),
    [
        ("NVIDIA A100-SXM4-80GB", "a100-80gb"),
        ("NVIDIA A100-SXM4-40GB", "a100-40gb"),
        ("NVIDIA H100 80GB HBM3", "h100-sxm"),
        ("NVIDIA H100 PCIe", "h100-pcie"),
        ("Tesla V100-SXM2-32GB", "v100-32gb"),
        ("tpu-v4", "tpu-v4"),
    ],
)
def test_logged_names_are_recognised(logged, name):
    device = load_hardware().recognise(logged)
    assert device is not None
    assert device.name == name


def test_an_unknown_device_is_not_guessed():
    assert load_hardware().recognise("abacus") is None
    assert load_hardware().recognise(None) is None


def test_an_unknown_key_is_refused_with_file_and_key(tmp_path):
    wrong = tmp_path / "hardware.toml"
    wrong.write_text(SHIPPED.read_text().replace('match = ["v100"]', 'match = ["v100"]\ncolour = "green"'))
    with pytest.raises(HardwareError, match=r"hardware\.toml.*v100-32gb\.colour"):
        load_hardware(wrong)


def test_a_default_that_is_not_there_is_refused(tmp_path):
    wrong = tmp_path / "hardware.toml"
    wrong.write_text(SHIPPED.read_text().replace('default = "h100-sxm"', 'default = "h1000"'))
    with pytest.raises(HardwareError, match="h1000"):
        load_hardware(wrong)


def test_a_missing_file_names_the_cure(tmp_path):
    with pytest.raises(HardwareError, match=r"config\.toml"):
        load_hardware(tmp_path / "none.toml")


def test_an_unknown_accelerator_lists_the_known_ones():
    with pytest.raises(HardwareError, match="h100-sxm"):
        load_hardware().accelerator("h101")


def test_an_unknown_dtype_lists_the_known_ones():
    with pytest.raises(HardwareError, match="fp32"):
        load_hardware().accelerator("v100-32gb").peak("fp4")


def test_an_edited_table_is_read_anew_and_has_another_digest(tmp_path):
    own = tmp_path / "hardware.toml"
    own.write_text(SHIPPED.read_text())
    before = load_hardware(own).accelerator("h100-sxm").price, hardware_digest(own)
    own.write_text(SHIPPED.read_text().replace("price = 2.50", "price = 1.75"))
    assert (load_hardware(own).accelerator("h100-sxm").price, before[0]) == (1.75, 2.50)
    assert hardware_digest(own) != before[1]


def test_a_homes_hardware_table_prices_its_studies(tmp_path):
    (tmp_path / "config.toml").write_text('hardware = "mine.toml"')
    home = Home.open(tmp_path)
    (home.studies / "s.toml").write_text("study = 's'\nruns = 'params > 0'\nmetric = 'loss'\nlaws = ['chinchilla']")
    study = next(s for s in load_studies(home)[0] if s.study == "s")
    assert study.plan["hardware"] == str(tmp_path.resolve() / "mine.toml")
