"""Which alarm bits of a vehicle terminal make which alarm. Source: JT/T 808-2019 table 24 (alarm flags of 0x0200)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


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
    BitRule(1 << 19, "long_stop", 3, False),
    BitRule(1 << 21, "route", 2, True),
    BitRule(1 << 23, "off_route", 2, False),
    BitRule(1 << 29, "collision", 1, True),
    BitRule(1 << 30, "rollover", 1, True),
)

# What the platform finds by where a vehicle is (data.rules.positions): family of conditions → (kind, level). A condition of one area,
# section or key point is the family with its number: enter:12.
POSITION_KINDS = {
    "enter": ("area_enter", 3),
    "leave": ("area_leave", 2),
    "stay": ("area_stay", 3),
    "overspeed": ("overspeed", 2),
    "off_route": ("off_route", 2),
    "section_long": ("section_long", 3),
    "section_short": ("section_short", 3),
    "key_point": ("key_point", 3),
    "long_stop": ("long_stop", 3),
    "night_driving": ("night_driving", 2),
    "fatigue": ("fatigue", 2),
}
# Found by terminals and by the platform alike: one alarm that ends when neither finds it.
SHARED = {rule.mask: rule.condition for rule in BIT_RULES if rule.condition in POSITION_KINDS}


def family(condition: str) -> str:
    """The condition without the number of its area, section or key point."""
    return condition.partition(":")[0]


# Kinds of the active safety items 0x64 and 0x65 by their type (T/JSATL 12-2017); "" are events, no
# alarms: a sign that was read, a picture that was taken, another driver. A vendor's own type has the kind of its item.
SAFETY_KINDS: dict[str, dict[str, str]] = {
    "safety_0x64": {
        "0x01": "forward_collision",
        "0x02": "lane_departure",
        "0x03": "too_close",
        "0x04": "pedestrian",
        "0x05": "lane_changes",
        "0x06": "road_sign",
        "0x07": "obstacle",
        "0x10": "",
        "0x11": "",
    },
    "safety_0x65": {
        "0x01": "driver_fatigue",
        "0x02": "phone_call",
        "0x03": "smoking",
        "0x04": "distracted",
        "0x05": "driver_abnormal",
        "0x10": "",
        "0x11": "",
    },
    "safety_0x66": {},
    "safety_0x67": {},
}
SAFETY_OTHERS = {"safety_0x64": "driving_assistance", "safety_0x65": "driver_state", "safety_0x66": "tire", "safety_0x67": "blind_spot"}
SAFETY_ENDED = 2  # the flag of an item; 0 cannot tell, 1 began
TIRE_TIMED = 1  # the bit of a tyre that is no fault: a regular report


def safety_alarm(item: str, said: Mapping[str, Any]) -> tuple[str, int] | None:
    """The kind and level of the alarm in an active safety item as it is decoded; None when it is none.

    Their level 2 (grave) is our 2, their level 1 and what has no level our 3.
    """
    if item == "safety_0x66" and not any(wheel["alarm_bits"] & ~TIRE_TIMED for wheel in said["wheels"]):
        return None
    kind = SAFETY_KINDS[item].get(said.get("type", ""), SAFETY_OTHERS[item])
    return (kind, 2 if said.get("level") == 2 else 3) if kind else None


_SAFETY = {kind for kinds in SAFETY_KINDS.values() for kind in kinds.values() if kind} | set(SAFETY_OTHERS.values())
# Terminals do not tell the end of a safety alarm for sure; a section driven too fast, or a key point missed, does not end.
ONCE = frozenset(rule.condition for rule in BIT_RULES if rule.is_once) | _SAFETY | {"section_short", "key_point"}
BITS_THAT_ALARM = 0
for _rule in BIT_RULES:
    BITS_THAT_ALARM |= _rule.mask

OVERSPEED_SECONDS = 10.0  # a platform limit must be exceeded this long: one fix may be wrong
OVERSPEED_BAND_KMH = 3.0
