"""TensorBoard event files, by TensorBoard's own reader (the optional extra `tensorboard`)."""

from pathlib import Path

from pipeline.errors import ReaderError
from pipeline.readers.names import frame, metric_column
from pipeline.readers.reader import Reader, Tables


def _is_events(path: Path, _head: bytes) -> bool:
    return ".tfevents." in path.name


def _read_events(path: Path, run: str) -> Tables:
    """Every scalar of the file."""
    try:
        from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
        from tensorboard.util.tensor_util import make_ndarray
    except ImportError as error:
        raise ReaderError(f"{path}: TensorBoard files need the extra: pip install 'lawbook[tensorboard]'") from error
    records = []
    try:
        for event in EventFileLoader(str(path)).Load():
            for value in event.summary.value:
                if value.HasField("simple_value"):
                    number = value.simple_value
                elif value.HasField("tensor") and value.metadata.plugin_data.plugin_name == "scalars":
                    number = float(make_ndarray(value.tensor))
                else:
                    continue
                records.append({"run_id": run, "step": event.step, metric_column(value.tag): float(number)})
    except (ValueError, OSError) as error:
        raise ReaderError(f"{path}: damaged event file: {error}") from error
    return Tables(measurements=frame(records))


TENSORBOARD = (Reader("tensorboard", _is_events, _read_events, says="every scalar; the run is the folder", same_in_all="*"),)
