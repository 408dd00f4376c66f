"""Long work says what it is doing, also inside one long statement; short work says nothing."""

import io
import threading

from pipeline.progress import Lines, Spoken, reading


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def test_work_that_says_nothing_new_is_heard_of_again() -> None:
    heard, twice = [], threading.Event()

    def say(message: str) -> None:
        heard.append(message)
        if len(heard) == 2:
            twice.set()

    with Spoken(say, every=0.001) as at:
        at("reading x")
        assert twice.wait(30)
    assert all(message.startswith("reading x, ") for message in heard)


def test_work_that_is_done_sooner_is_silent() -> None:
    heard: list[str] = []
    with Spoken(heard.append) as at:
        at("reading x")
    assert heard == []


def test_reading_says_the_share_of_bytes() -> None:
    heard: list[str] = []
    reading(heard.append)(5, 20, "a.csv")
    assert heard == ["reading a.csv (25%)"]


def test_a_terminal_line_is_cleared_at_the_end() -> None:
    stream = Terminal()
    with Lines(stream) as lines:
        lines("fitting x")
    assert "fitting x" in stream.getvalue()
    assert stream.getvalue().endswith(f"\r{'':<{len('[   0.0 s] fitting x')}}\r")


def test_no_terminal_gets_plain_lines() -> None:
    stream = io.StringIO()
    with Lines(stream) as lines:
        lines("fitting x")
    assert stream.getvalue() == "[   0.0 s] fitting x\n"


def test_a_count_that_goes_up_fast_fills_no_log() -> None:
    stream = io.StringIO()
    with Lines(stream) as lines:
        for k in range(1, 501):
            lines(f"planning x, questions: {k} of 500 done")
    told = [line.partition("] ")[2] for line in stream.getvalue().splitlines()]
    assert told[0].endswith(": 1 of 500 done")
    assert told[-1].endswith(": 500 of 500 done")
    assert len(told) < 100
