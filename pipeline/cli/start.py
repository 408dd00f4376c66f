"""`lawbook` as a program: until a command begins, Ctrl-C ends it at once and without a traceback."""

import signal


def main() -> int:
    """Loads the command line and runs it; where interrupts are ignored, as behind `nohup`, they stay so."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from pipeline.cli.main import main as run  # here: what is loaded first decides what Ctrl-C meets

    return run()
