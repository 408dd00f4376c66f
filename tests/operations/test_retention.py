"""What a night removes, and what it keeps."""

import os
import time

from pipeline.home import Home
from pipeline.store.maintenance import compact
from pipeline.store.warehouse import Warehouse


def test_draws_of_replaced_fits_go_after_the_days_that_the_settings_keep_them(home: Home) -> None:
    settings = home.root / "config.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "[retention]\ndraws_days = 3\n", encoding="utf-8")
    folder = home.root / "draws"
    folder.mkdir(exist_ok=True)
    for name, days in (("old", 4), ("young", 2)):
        (folder / f"{name}.parquet").write_bytes(b"draws")
        os.utime(folder / f"{name}.parquet", (time.time() - days * 86400,) * 2)
    kept = Home.open(home.root)
    with Warehouse(kept) as warehouse:
        assert compact(kept, warehouse.connection)["draw files removed"] == 1
    assert [path.stem for path in folder.glob("*.parquet")] == ["young"]
