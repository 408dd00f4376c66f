"""lawbook: the command line. commands.py lists the commands; this parses, and turns faults into words and codes."""

import argparse
import json
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from pipeline import __version__
from pipeline.cli.commands import COMMANDS
from pipeline.cli.streams import Unread, prepare
from pipeline.cli.watched import watched
from pipeline.errors import LawbookError, QueryError
from pipeline.faults import Fault, Terminated, fault
from pipeline.redaction import redacted
from pipeline.terminal import shown, shown_lines


def parser() -> argparse.ArgumentParser:
    """The commands and their options, as docs and contract name them."""
    found = argparse.ArgumentParser(prog="lawbook", description="Run logs in, the plan for the next run out.")
    found.add_argument("--version", action="version", version=f"lawbook {__version__}")
    _common(found, of_command=False)
    commands = found.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        own = commands.add_parser(name, help=command.help, description=command.help)
        _common(own, of_command=True)
        command.arguments(own)
    return found


def _common(own: argparse.ArgumentParser, *, of_command: bool) -> None:
    """Options that may stand before the command and after it."""
    home = argparse.SUPPRESS if of_command else "the home folder (default: $LAWBOOK_HOME, else .lawbook)"
    off = argparse.SUPPRESS if of_command else False
    own.add_argument("--home", default=argparse.SUPPRESS if of_command else None, help=home)
    own.add_argument("--json", action="store_true", default=off, help="answer in JSON")
    own.add_argument("--debug", action="store_true", default=off, help="show the traceback of what goes wrong")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. 0: all is well; 1: something failed, named on stderr; 2: a wrong command line; 130: interrupted;
    3: another process holds the store; 4: no space, or nothing can be written."""
    if arguments is None:
        prepare()
    options = parser().parse_args(arguments)
    if arguments is None and COMMANDS[options.command].watched:
        return watched(lambda: _run(options), lambda found: _say(found, found.text, options))
    return _run(options)


def _run(options: argparse.Namespace) -> int:
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # of a start: from here on an interrupt is told
            signal.signal(signal.SIGINT, signal.default_int_handler)
        from pipeline.home import Home  # here: --help reads no settings

        command = COMMANDS[options.command]
        home = Home.demo(options.home) if command.demo else Home.open(options.home, make=command.makes_home)
        code = command.run(home, options)
        sys.stdout.flush()
        return code
    except Unread:
        return 0
    except SystemExit:
        raise
    except BaseException as error:  # an interrupt and a library's panic are no Exception
        return _told(error, options)
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminated(_signal: int, _frame: FrameType | None) -> None:
    raise Terminated


def _told(error: BaseException, options: argparse.Namespace) -> int:
    """Says on stderr what went wrong, keeps the traceback of a bug in a file, and returns the exit code."""
    found = fault(error)
    text = str(error) if found.kind == "error" and isinstance(error, LawbookError) else found.text
    if found.kind == "bug":
        text = f"{text}. This is a bug of Lawbook{_kept(options)}; --debug shows where"
    _say(found, text, options, error)
    if options.debug:
        print(redacted("".join(traceback.format_exception(error))), file=sys.stderr)
    return found.code


def _say(found: Fault, text: str, options: argparse.Namespace, error: BaseException | None = None) -> None:
    """A fault on stderr, and with --json on stdout too."""
    if options.json:
        answer = {"error": text, "kind": type(error).__name__ if error else found.kind, "fault": found.kind}
        with suppress(OSError):  # the fault may be that of the output
            print(json.dumps(answer), flush=True)
    start = "\nlawbook: " if found.kind == "interrupted" else "lawbook: "
    safe = shown_lines if isinstance(error, QueryError) else shown
    print(start + safe(redacted(text)), file=sys.stderr)


def _kept(options: argparse.Namespace) -> str:
    """Where the traceback was written; nothing where it could not be."""
    from pipeline.home import Home

    try:
        path = Home.open(options.home, make=False).root / "logs" / "errors.log"
        path.parent.mkdir(exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(redacted(traceback.format_exc()) + "\n")
    except (OSError, LawbookError):
        return ""
    return f": {_short(path)} has the traceback"


def _short(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    sys.exit(main())
