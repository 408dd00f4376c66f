"""lawbook: the command line. Each command is one function in commands.py; this parses and turns errors into words."""

import argparse
import json
import sys
from collections.abc import Sequence

from pipeline import __version__
from pipeline.cli.commands import COMMANDS
from pipeline.errors import LawbookError


def parser() -> argparse.ArgumentParser:
    """The commands and their options, as docs and contract name them."""
    found = argparse.ArgumentParser(prog="lawbook", description="Run logs in, the plan for the next run out.")
    found.add_argument("--version", action="version", version=f"lawbook {__version__}")
    found.add_argument("--home", help="the home folder (default: $LAWBOOK_HOME, else .lawbook)")
    found.add_argument("--json", action="store_true", help="answer in JSON")
    commands = found.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        own = commands.add_parser(name, help=command.help, description=command.help)
        own.add_argument("--home", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        own.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="answer in JSON")
        command.arguments(own)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0 if all is well, 1 if something failed (named on stderr), 2 for a wrong command line."""
    options = parser().parse_args(arguments)
    from pipeline.home import Home  # here: --help reads no settings

    try:
        command = COMMANDS[options.command]
        home = Home.demo(options.home) if command.demo else Home.open(options.home, make=command.makes_home)
        return command.run(home, options)
    except LawbookError as error:
        if options.json:
            print(json.dumps({"error": str(error), "kind": type(error).__name__}))
        print(f"lawbook: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nlawbook: stopped; what was stored so far is kept, and the next start goes on from there", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has gone, e.g. `lawbook laws | head`
        sys.stderr.close()
        return 0


if __name__ == "__main__":
    sys.exit(main())
