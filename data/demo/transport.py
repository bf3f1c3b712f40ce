"""Hazmat trucks, their terminals and the areas drawn for them."""

from __future__ import annotations

from functools import lru_cache
from random import Random
from typing import Any

from data.demo.enterprises import carriers, person, phone
from data.demo.installations import bunds, tanks
from data.demo.layout import OUTLINE, SEED, gates, plots, street
from data.demo.media import MEDIA
from data.demo.plane import cut, reversed_line, ring, to_lonlat

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


def geofences() -> list[dict[str, Any]]:
    """Five areas. Only the park and its chemical core have a speed limit."""
    core = cut(OUTLINE, reversed_line(street("化工一路").line))
    boxes = bunds()
    left, bottom, right, top = boxes["MHI-02"]
    ammonia = to_lonlat(((left + right) / 2, (bottom + top) / 2))
    fire = to_lonlat(next(plot.center for plot in plots() if plot.number == "C-09"))
    x, y = next(gate.at for gate in gates() if gate.code == "G-E")
    waiting = [(x + 20, y - 60), (x + 200, y - 60), (x + 200, y + 60), (x + 20, y + 60)]
    return [
        {
            "code": "F-01",
            "name": "园区限速区",
            "shape": _area(OUTLINE),
            "radius_m": None,
            "speed_limit_kmh": 60,
            "is_sensitive": False,
        },
        {
            "code": "F-02",
            "name": "化工核心区",
            "shape": _area(core),
            "radius_m": None,
            "speed_limit_kmh": 50,
            "is_sensitive": True,
        },
        {
            "code": "F-03",
            "name": "液氨罐区警戒范围",
            "shape": _spot(ammonia),
            "radius_m": 200.0,
            "speed_limit_kmh": None,
            "is_sensitive": True,
        },
        {
            "code": "F-04",
            "name": "消防救援站出车通道",
            "shape": _spot(fire),
            "radius_m": 150.0,
            "speed_limit_kmh": None,
            "is_sensitive": True,
        },
        {
            "code": "F-05",
            "name": "东门候检区",
            "shape": _area(waiting),
            "radius_m": None,
            "speed_limit_kmh": None,
            "is_sensitive": False,
        },
    ]


def _area(polygon: list[Any]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [ring(polygon)]}


def _spot(lonlat: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Point", "coordinates": list(lonlat)}
