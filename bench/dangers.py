"""A million hidden dangers of three years for the lists: plausible, the same at every run, written by one COPY."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from bench.crowd import NONE, copy_in, mixed, skewed

COUNT = 1_000_000
# Dangers of this kind; an export of the kind has exactly so many rows.
EXPORTED_KIND, EXPORTED = "instrument", 100_000

_LAST, _DAYS = date(2026, 11, 20), 1_095
_PLACES = ("一号罐区", "二号罐区", "装卸栈台", "甲类仓库", "乙类仓库", "合成车间", "氯化工段", "硝化工段", "配电室", "锅炉房", "控制室", "空压站", "消防泵房", "污水处理站", "办公楼", "厂区东门", "危废暂存间", "氨制冷机房", "化验室", "循环水泵房")
_THINGS = (
    "灭火器压力不足", "安全出口被堵塞", "可燃气体探测器未校验", "电缆沟封堵不严", "警示标识缺失", "护栏高度不够", "静电接地松脱", "安全阀超期未检", "液位联锁未投用", "紧急切断阀故障", "临时用电未审批",
    "动火作业监护人离岗", "受限空间未通风检测", "操作规程未更新", "应急照明损坏", "消火栓无水", "防爆接线盒缺螺栓", "压力表无红线", "管道保温破损", "喷淋装置堵塞", "危化品混存", "员工未佩戴防护用品", "气瓶未固定", "视频监控离线",
)  # fmt: skip
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国志文海波晓春雪峰丹宁"
_SOURCES = ("self", "self", "self", "inspection", "town", "enforcement", "expert", "self", "report", "superior")
_KINDS = ("safety", "fire", "electrical", "equipment", "process", "safety", "layout", "other")
_COLUMNS = (
    "enterprise_id", "number", "name", "place", "level", "source", "kind", "treatment", "state", "found_on", "finder", "person", "phone", "measures", "deadline_on", "rectified_on", "result", "closed_on",
    "created_at", "updated_at",
)  # fmt: skip


def fill(connection: Any, count: int = COUNT) -> None:
    """Add ``count`` dangers to the enterprises that the connection's database has: a few have very many, most of them few."""
    cursor = connection.cursor()
    cursor.execute("SELECT id FROM enterprise WHERE deleted_at IS NULL ORDER BY md5(id::text)")
    firms = [row[0] for row in cursor.fetchall()]
    copy_in(connection, "hidden_danger", _COLUMNS, rows(firms, count))


def rows(firms: Sequence[int], count: int) -> Iterator[str]:
    """One line of COPY text a danger, in the order in which they were found. Every tenth is of the exported kind."""
    for number in range(count):
        hashed = mixed(number)
        kind = EXPORTED_KIND if number % (COUNT // EXPORTED) == 3 else _KINDS[hashed >> 11 & 7]
        found_on = _LAST - timedelta(days=_DAYS - number * _DAYS // count)
        yield "\t".join(_values(number, hashed, firms[skewed(hashed * 31 % 4_294_967_296, len(firms))], kind, found_on)) + "\n"


def _values(number: int, hashed: int, firm: int, kind: str, found_on: date) -> tuple[str, ...]:
    place, thing = _PLACES[hashed % len(_PLACES)], _THINGS[(hashed >> 5) % len(_THINGS)]
    level = "general" if hashed % 83 else "major"
    deadline = found_on + timedelta(days=3 + hashed % 57)
    # One in forty is open, of the last two months one in two.
    is_open = hashed % 40 == 0 or ((_LAST - found_on).days < 60 and hashed % 2 == 0)
    done = NONE if is_open else min(found_on + timedelta(days=1 + hashed % 55), _LAST).isoformat()
    moment = f"{found_on} {hashed % 24:02d}:{hashed % 60:02d}:00+00"
    state = ("rectify", "rectify", "check")[hashed % 3] if level == "general" else ("review", "plan", "carry_out")[hashed % 3]
    person = _SURNAMES[hashed % len(_SURNAMES)] + _GIVEN[hashed // 41 % len(_GIVEN)] + _GIVEN[hashed // 1763 % len(_GIVEN)]
    return (
        str(firm),
        f"{'YBYH' if level == 'general' else 'ZDYH'}-L{number:07d}",
        f"{place}第 {1 + hashed % 97} 处{thing}",
        place,
        level,
        _SOURCES[hashed >> 3 & 7 if hashed % 50 else 9],
        kind,
        "by_deadline" if hashed % 5 else "at_once",
        state if is_open else "rectified" if level == "general" else "lifted",
        found_on.isoformat(),
        person,
        person,
        f"139{hashed % 100_000_000:08d}",
        f"立即处理{thing}，举一反三排查{place}同类问题，完善日常巡检",
        NONE if hashed % 211 == 0 else deadline.isoformat(),
        done,
        NONE if is_open else f"{thing}已处理完毕，现场复查合格",
        done,
        moment,
        moment,
    )
