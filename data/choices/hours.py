"""The hours of a day, as a statistic groups by them."""

from __future__ import annotations

from data.choices import Choice

HOURS_OF_DAY = tuple(Choice(str(hour), f"{hour:02}–{hour + 1:02} 时") for hour in range(24))
