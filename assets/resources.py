"""The home of the installation and the map that heavy work goes through."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from pipeline.compute import MapLike, dashboard, mapper
from pipeline.home import Home


class Lawbook(dg.ConfigurableResource["Lawbook"]):
    """`home`: the home folder; empty means $LAWBOOK_HOME, else .lawbook."""

    home: str = ""

    def open(self) -> Home:
        """The home with its settings as they are now."""
        return Home.open(self.home or None)

    @contextmanager
    def compute(self, context: dg.AssetExecutionContext) -> Iterator[MapLike]:
        """The map-like callable that config.toml names; the page that shows a cluster at work is in the log and the metadata."""
        with mapper(self.open().config.compute) as found:
            if page := dashboard(found):
                context.log.info(f"Dask's dashboard: {page}")
                for asset in context.selected_asset_keys:
                    _show(context, asset, page)
            yield found


def _show(context: dg.AssetExecutionContext, asset: dg.AssetKey, page: str) -> None:
    keys = context.partition_keys if context.has_partition_key or context.has_partition_key_range else [None]
    for key in keys:
        context.add_asset_metadata({"Dask's dashboard": dg.MetadataValue.url(page)}, asset_key=asset, partition_key=key)
