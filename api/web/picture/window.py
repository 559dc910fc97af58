"""Which days of a journey are shown: all of a short one, of a long one those around now, or those asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from api.web.picture.model import Route

DAY, WEEK = timedelta(days=1), timedelta(days=7)
WIDE, NARROW = 21, 11
# Of the days of a long journey so many lie before today.
BEFORE = {WIDE: 10, NARROW: 3}


@dataclass(frozen=True, slots=True)
class Window:
    """So many days from a first one on, in a zone."""

    first: date
    days: int
    zone: tzinfo

    @property
    def last(self) -> date:
        """The last day that is shown."""
        return self.first + (self.days - 1) * DAY

    @property
    def dates(self) -> tuple[date, ...]:
        """Each day."""
        return tuple(self.first + n * DAY for n in range(self.days))

    def at(self, moment: datetime) -> float:
        """How many days after the window's beginning an instant is: wall-clock days, so a day is always one."""
        local = moment.astimezone(self.zone)
        midnight = datetime.combine(local.date(), time(), self.zone)
        return (local.date() - self.first).days + (local - midnight) / DAY

    def shows(self, begins: datetime, ends: datetime) -> bool:
        """Whether something of this time is to be seen."""
        return self.at(ends) >= 0 and self.at(begins) < self.days


def choose(route: Route, days: int, zone: tzinfo, first: date | None = None) -> Window:
    """The days from `first` on; without, those in which the most can be done about."""
    if first is None:
        first = _first(route, days, route.now.astimezone(zone).date())
    earliest, latest = route.first - WEEK, max(route.last, route.now.astimezone(zone).date()) + WEEK
    return Window(min(max(first, earliest), latest), days, zone)


def _first(route: Route, days: int, today: date) -> date:
    if (max(route.last, today) - route.first).days < days:
        return route.first
    if not route.running:
        return max(route.first, today - (days - 2) * DAY)
    return max(route.first, today - BEFORE.get(days, days // 2) * DAY)
