"""Which alarm bits of a vehicle terminal make which alarm. Source: JT/T 808-2019 table 24 (alarm flags of 0x0200)."""

from __future__ import annotations

from typing import NamedTuple


class BitRule(NamedTuple):
    mask: int
    condition: str  # also the kind shown, see choices.ALARM_KINDS
    level: int
    is_once: bool  # the terminal drops the bit when it is answered, so its falling edge does not mean that all is well


BIT_RULES = (
    BitRule(1 << 0, "sos", 1, True),
    BitRule(1 << 1, "overspeed", 2, False),
    BitRule(1 << 2, "fatigue", 2, False),
    BitRule(1 << 3, "danger_warning", 2, True),
    BitRule(1 << 4 | 1 << 5 | 1 << 6, "gnss_fault", 3, False),
    BitRule(1 << 8, "power_lost", 3, False),
    BitRule(1 << 20, "area", 2, True),
    BitRule(1 << 21 | 1 << 23, "route", 2, True),
    BitRule(1 << 29, "collision", 1, True),
    BitRule(1 << 30, "rollover", 1, True),
)

ONCE = frozenset(rule.condition for rule in BIT_RULES if rule.is_once)
BITS_THAT_ALARM = 0
for _rule in BIT_RULES:
    BITS_THAT_ALARM |= _rule.mask

OVERSPEED_SECONDS = 10.0  # a platform limit must be exceeded this long: one fix may be wrong
OVERSPEED_BAND_KMH = 3.0
