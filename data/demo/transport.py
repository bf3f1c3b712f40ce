"""Hazmat trucks and their terminals."""

from __future__ import annotations

from functools import lru_cache
from random import Random
from typing import Any

from data.demo.enterprises import carriers, person, phone
from data.demo.installations import tanks
from data.demo.layout import SEED
from data.demo.media import MEDIA

# Known plates of the script stand first, then made ones.
_PLATES = (
    "辽N·A1234",
    "辽N·B7702",
    "辽N·K5520",
    "辽N·C3366",
    "辽P·D2018",
    "辽N·E9081",
    "辽N·F2206",
    "辽N·G6150",
    "冀H·J8832",
    "辽N·L4471",
    "辽N·P7725",
)
TRUCKS = 40
_HOMES = ("辽N", "辽N", "辽N", "辽N", "辽N", "辽P", "辽G", "冀H", "蒙D")
_MAKERS = (("70518", "BSJ-A6"), ("70111", "TQ-808G"), ("44030", "HB-R03GBD"))


def _plates() -> list[str]:
    random = Random(f"{SEED}/plates")
    plates = list(_PLATES)
    while len(plates) < TRUCKS:
        plate = f"{random.choice(_HOMES)}·{random.choice('ABCDEFGHJKLMNPQRSTUVWXYZ')}{random.randrange(1000, 10_000)}"
        if plate not in plates:
            plates.append(plate)
    return plates


@lru_cache
def vehicles() -> tuple[dict[str, Any], ...]:
    """The trucks; ``carrier`` and ``customer`` are codes of enterprises, the customer is whom it delivers to."""
    random = Random(f"{SEED}/vehicles")
    customers = sorted({(tank["enterprise"], tank["medium"]) for tank in tanks()})
    fleet = carriers()
    result = []
    for index, plate in enumerate(_plates()):
        customer, medium = customers[(index * 5) % len(customers)]
        if index == 0:
            customer, medium = "E001", "甲醇"
        volume = random.choice((26.0, 28.5, 30.0, 34.0, 42.0))
        loaded = index == 0 or random.random() < 0.6
        load = round(min(volume * 0.9 * MEDIA[medium].density, 31.5), 1)
        result.append(
            {
                "plate": plate,
                "plate_color": "黄色",
                "carrier": fleet[index % len(fleet)],
                "customer": customer,
                "medium": medium,
                "un_number": MEDIA[medium].un,
                "tank_volume_m3": volume,
                "load_t": 29.6 if index == 0 else load if loaded else 0.0,
                "driver": "王志强" if index == 0 else person(random),
                "driver_phone": phone(random),
                "escort": "陈刚" if index == 0 else person(random),
            }
        )
    return tuple(result)


@lru_cache
def terminals() -> tuple[dict[str, Any], ...]:
    """One terminal a truck: 26 speak the version of 2013, 10 that of 2019, 4 that of 2011; ``vehicle`` is a plate."""
    result = []
    for index, vehicle in enumerate(vehicles()):
        maker, model = _MAKERS[index % len(_MAKERS)]
        result.append(
            {
                "phone": f"1440000{index + 1:04d}",
                "vehicle": vehicle["plate"],
                "state": "approved",
                "protocol": "2019" if index % 4 == 3 else "2011" if index % 10 == 8 else "2013",
                "maker": maker,
                "model": model,
                "device_id": f"D{index + 1:06d}",
                "reported_plate": vehicle["plate"].replace("·", ""),
            }
        )
    return tuple(result)
