"""The parameters of a terminal that the room may read and set (JT/T 808-2013 table 12, 2019 table 11)."""

from __future__ import annotations

from typing import NamedTuple

from data.choices import Choice


class Parameter(NamedTuple):
    """``size`` is its bytes on the wire: 4 DWORD, 2 WORD, 1 BYTE; 0 a text. ``low`` and ``high`` bound what may be set."""

    id: int
    label: str
    unit: str = ""
    size: int = 4
    low: int = 0
    high: int = 0
    choices: tuple[Choice, ...] = ()

    @property
    def code(self) -> str:
        """Its id as it is written in the standard: 0x0055."""
        return f"0x{self.id:04X}"


STRATEGY = (Choice("0", "定时汇报"), Choice("1", "定距汇报"), Choice("2", "定时和定距汇报"))
HOUR, DAY = 3600, 86_400

PARAMETERS: tuple[Parameter, ...] = (
    Parameter(0x0001, "心跳间隔", "s", low=5, high=HOUR),
    Parameter(0x0002, "TCP 应答超时", "s", low=1, high=300),
    Parameter(0x0003, "TCP 重传次数", "次", low=0, high=20),
    Parameter(0x0020, "位置汇报策略", choices=STRATEGY),
    Parameter(0x0029, "缺省汇报间隔", "s", low=1, high=HOUR),
    Parameter(0x0027, "休眠时汇报间隔", "s", low=5, high=DAY),
    Parameter(0x0028, "紧急报警时汇报间隔", "s", low=1, high=HOUR),
    Parameter(0x002C, "缺省汇报距离", "m", low=10, high=100_000),
    Parameter(0x0030, "拐点补传角度", "°", low=1, high=179),
    Parameter(0x0055, "最高速度", "km/h", low=10, high=150),
    Parameter(0x0056, "超速持续时间", "s", low=1, high=600),
    Parameter(0x005B, "超速预警差值", "0.1 km/h", 2, 0, 500),
    Parameter(0x0057, "连续驾驶时间门限", "s", low=HOUR, high=DAY),
    Parameter(0x005C, "疲劳驾驶预警差值", "s", 2, 0, HOUR * 2),
    Parameter(0x0058, "当天累计驾驶时间门限", "s", low=HOUR, high=DAY),
    Parameter(0x0059, "最小休息时间", "s", low=60, high=DAY),
    Parameter(0x005A, "最长停车时间", "s", low=60, high=7 * DAY),
)
"""In the order in which people meet them."""

# What a terminal may answer besides; the address of the server is not set from here: a slip would lose the vehicle.
TOLD: tuple[Parameter, ...] = (
    Parameter(0x0013, "主服务器地址", size=0),
    Parameter(0x0017, "备份服务器地址", size=0),
    Parameter(0x0018, "服务器 TCP 端口"),
    Parameter(0x0080, "里程表读数", "0.1 km"),
    Parameter(0x0083, "车牌", size=0),
)

BY_ID = {one.id: one for one in (*PARAMETERS, *TOLD)}
