"""The time that is stored: UTC, and never earlier than what is stored already, even if the machine's clock was set back."""

from datetime import UTC, datetime, timedelta

TICK = timedelta(microseconds=1)


class Clock:
    """Moments that only rise."""

    def __init__(self) -> None:
        self.latest = datetime.min

    def now(self) -> datetime:
        """The moment, UTC, without a zone; where the clock lies behind an earlier moment, one tick after that one."""
        self.latest = max(datetime.now(UTC).replace(tzinfo=None), self.latest + TICK)
        return self.latest

    def not_before(self, moment: datetime | None) -> None:
        """From now on no moment is earlier than this one."""
        if moment is not None:
            self.latest = max(self.latest, moment)


CLOCK = Clock()


def now() -> datetime:
    """The moment, UTC, without a zone: as all times are stored; it never goes back."""
    return CLOCK.now()
