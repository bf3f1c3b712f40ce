"""The media in the demo park's tanks and the limits that fit them.

Alarm set points of gas detectors follow GB/T 50493-2019 5.5: combustible gas 25 and 50 %LEL; toxic gas at the exposure limit and
at twice it. Limits of level, temperature and pressure are those usual for a tank of the kind, set for a demo, not for a plant.
"""

from __future__ import annotations

from typing import NamedTuple


class Medium(NamedTuple):
    """``temperature``: usual value, low, high, high_high in °C; ``pressure``: usual value, high, high_high, range in MPa."""

    name: str
    cas: str
    un: str
    density: float  # t/m3
    temperature: tuple[float, float | None, float, float]
    pressure: tuple[float, float, float, float] | None = None
    gas: str = ""  # "", combustible, or the name of a toxic gas below


MEDIA: dict[str, Medium] = {
    medium.name: medium
    for medium in (
        Medium("甲醇", "67-56-1", "1230", 0.79, (6.2, None, 35.0, 40.0), (0.002, 0.006, 0.008, 0.01), "combustible"),
        Medium("液氨", "7664-41-7", "1005", 0.61, (-2.8, -33, 15, 20), (0.32, 0.80, 1.20, 2.5), "氨气"),
        Medium("硫酸", "7664-93-9", "1830", 1.83, (18.2, 5, 45, 55), None, "酸雾"),
        Medium("氢氧化钠溶液", "1310-73-2", "1824", 1.43, (31.0, 15, 60, 70)),
        Medium("苯", "71-43-2", "1114", 0.88, (14.0, 7, 35, 40), (0.001, 0.006, 0.008, 0.01), "combustible"),
        Medium("甲苯", "108-88-3", "1294", 0.87, (7.5, None, 35, 40), None, "combustible"),
        Medium("过氧化氢溶液", "7722-84-1", "2014", 1.13, (12.6, None, 30, 40)),
        Medium("液化石油气", "68476-85-7", "1075", 0.55, (4.1, None, 38, 45), (0.52, 1.20, 1.50, 2.5), "combustible"),
        Medium("丙烯", "115-07-1", "1077", 0.51, (6.5, None, 35, 40), (0.68, 1.50, 1.75, 2.5), "combustible"),
        Medium("环氧乙烷", "75-21-8", "1040", 0.87, (-3.5, None, 5, 10), (0.35, 0.50, 0.60, 1.0), "combustible"),
        Medium("液氯", "7782-50-5", "1017", 1.47, (2.4, None, 30, 38), (0.40, 0.85, 1.00, 1.6), "氯气"),
        Medium("盐酸", "7647-01-0", "1789", 1.16, (13.0, None, 40, 45)),
        Medium("二甲苯", "1330-20-7", "1307", 0.86, (8.2, None, 35, 40), None, "combustible"),
        Medium("丙酮", "67-64-1", "1090", 0.79, (5.8, None, 30, 35), (0.001, 0.006, 0.008, 0.01), "combustible"),
        Medium("乙醇", "64-17-5", "1170", 0.79, (6.8, None, 35, 40), None, "combustible"),
        Medium("乙酸乙酯", "141-78-6", "1173", 0.90, (7.1, None, 35, 40), None, "combustible"),
        Medium("苯乙烯", "100-42-5", "2055", 0.91, (8.9, None, 20, 25), None, "combustible"),
        Medium("丙烯腈", "107-13-1", "1093", 0.81, (7.7, None, 30, 35), (0.001, 0.006, 0.008, 0.01), "combustible"),
        Medium("汽油", "86290-81-5", "1203", 0.74, (6.0, None, 35, 40), None, "combustible"),
        Medium("柴油", "68334-30-5", "1202", 0.84, (8.4, -5, 45, 50), None, "combustible"),
        Medium(
            "液化天然气", "8006-14-2", "1972", 0.44, (-158.5, None, -150, -145), (0.25, 0.60, 0.75, 1.2), "combustible"
        ),
    )
}


class ToxicGas(NamedTuple):
    name: str
    unit: str
    range_high: float
    high: float
    high_high: float
    usual: float
    decimals: int


TOXIC: dict[str, ToxicGas] = {
    gas.name: gas
    for gas in (
        ToxicGas("氨气", "ppm", 100.0, 25.0, 50.0, 4.0, 0),
        ToxicGas("氯气", "ppm", 10.0, 0.3, 0.7, 0.04, 2),
        ToxicGas("酸雾", "mg/m³", 10.0, 1.0, 2.0, 0.15, 2),
    )
}
