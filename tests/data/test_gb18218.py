"""GB 18218-2018: worked examples to the last digit, limits, tables, and what holds for whatever is in a unit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import Invalid
from data.identifying import answer_of, identified
from data.rules.gb18218 import Amount, alpha_of, identify, level_of
from data.rules.gb18218_tables import named, near, table1, table2, table3, table5, table6, version


def unit(people: int, *substances: dict[str, Any]) -> dict[str, Any]:
    return answer_of(identified({"people": people, "substances": list(substances)}))


@pytest.mark.parametrize(
    ("people", "substances", "s", "r", "level"),
    [
        (35, [{"name": "氨", "quantity_t": 40}], "4", "9.6", "四级"),
        (60, [{"name": "甲醇", "quantity_t": 800, "beta_class": "W5.3"}, {"name": "液化石油气", "quantity_t": 120, "beta_class": "W2"}], "4", "7.8", "四级"),
        (120, [{"row": 12, "quantity_t": 30}, {"name": "液氨", "quantity_t": 20}], "8", "56", "二级"),
        (0, [{"name": "光气", "quantity_t": 1.5}], "5", "50", "二级"),
        (9, [{"name": "汽油", "quantity_t": 60, "beta_class": "W5.3"}, {"name": "柴油", "class": "W5.4", "quantity_t": 500}], "0.4", None, None),
    ],
    ids=["ammonia", "farm", "chlorine", "phosgene", "petrol"],
)
def test_the_worked_examples_are_exact(people: int, substances: list[dict[str, Any]], s: str, r: str | None, level: str | None) -> None:
    found = unit(people, *substances)
    assert (found["S"], found["R"], found["level"]) == (Decimal(s), Decimal(r) if r else None, level)


def test_the_working_names_table_and_clause_line_by_line() -> None:
    lines = [(line["text"], line["source"]) for line in unit(35, {"name": "氨", "quantity_t": 40})["working"]]
    assert lines == [
        ("氨：Q = 10 t", "GB 18218-2018 表1 第1行"),
        ("氨：设计最大量 q = 40 t，q/Q = 4", "GB 18218-2018 4.2.2"),
        ("氨：β = 2", "GB 18218-2018 4.3 表3"),
        ("S = 4", "GB 18218-2018 4.2 式(1)"),
        ("S ≥ 1，构成重大危险源", "GB 18218-2018 4.2"),
        ("厂区边界外 500 m 常住人口 35 人，α = 1.2", "GB 18218-2018 4.3 表5"),
        ("R = 1.2 × (2 × 4) = 9.6", "GB 18218-2018 4.3 式(2)"),
        ("R < 10，四级重大危险源", "GB 18218-2018 4.3 表6"),
    ]


@pytest.mark.parametrize(("r", "level"), [("100", 1), ("99.999999", 2), ("50", 2), ("49.999999", 3), ("10", 3), ("9.999999", 4), ("0", 4)])
def test_a_limit_belongs_to_the_graver_level(r: str, level: int) -> None:
    assert level_of(Decimal(r)) == level


@pytest.mark.parametrize(("people", "alpha"), [(0, "0.5"), (1, "1"), (29, "1"), (30, "1.2"), (49, "1.2"), (50, "1.5"), (99, "1.5"), (100, "2"), (10_000, "2")])
def test_people_outside_give_alpha(people: int, alpha: str) -> None:
    assert alpha_of(people) == Decimal(alpha)


def test_thirds_that_make_one_make_exactly_one() -> None:
    third = {"name": "光气", "quantity_t": Decimal("0.1")}
    assert unit(0, third, third, third)["S"] == 1
    assert unit(0, third, third, {"name": "光气", "quantity_t": Decimal("0.09999999999999999999")})["level"] is None
    isocyanate = {"name": "异氰酸甲酯", "quantity_t": Decimal("0.25")}
    assert (unit(0, isocyanate, isocyanate, isocyanate)["R"], unit(0, isocyanate, isocyanate, isocyanate)["level"]) == (10, "三级")


def test_of_several_dangers_the_lowest_critical_quantity_counts() -> None:
    found = identified({"people": 0, "substances": [{"name": "混合溶剂", "class": ["W5.3", "J3"], "quantity_t": 100}]})
    assert (found.shares[0].critical_t, found.shares[0].beta, found.s) == (50, 2, 2)
    assert "取最低，Q = 50 t" in found.working[0].text
    assert found.working[0].source == "GB 18218-2018 4.1.2 表2"


def test_a_mixture_counts_whole_by_its_row_or_by_its_own_class() -> None:
    same = identified({"people": 0, "substances": [{"name": "甲醇", "quantity_t": 500, "beta_class": "W5.3", "mixture": True}]})
    other = identified({"people": 0, "substances": [{"name": "甲醇", "class": "W5.4", "quantity_t": 500, "mixture": True}]})
    assert (same.s, other.s) == (1, Decimal("0.1"))
    assert [one.source for one in (same.working[1], other.working[1])] == ["GB 18218-2018 4.2.3"] * 2


def test_what_is_derived_is_marked_as_to_be_verified() -> None:
    lines = unit(0, {"name": "煤气", "quantity_t": 20})["working"]
    assert [line["text"] for line in lines if line["to_verify"]] == ["煤气(CO,CO和H2、CH4的混合物等)：β = 2（按一氧化碳，待核实）"]


@pytest.mark.parametrize(
    ("substance", "field", "told"),
    [
        ({"name": "甲醇"}, "beta_class", "表3 没有“甲醇”，请用 beta_class 选择表4 的危险类别符号：W5.1、W5.2、W5.3、W5.4（可能的类别，待核实）；其他可选 J1、"),
        ({"name": "甲醇", "beta_class": "W99"}, "beta_class", "没有危险类别“W99”，请选择：J1、J2"),
        ({"name": "氨水"}, "name", "表1 没有“氨水”。是否为：第1行 氨；表1 没有的，请用 class 给出表2 的危险类别：J1"),
        ({"name": "甲醛"}, "name", "“甲醛”在表1 中按含量等分行，请用 row 指明：第8行 甲醛(含量>90%)；"),
        ({"name": "硝化棉"}, "name", "第37行 硝化纤维素[干的或含水(或乙醇)<25%]、第38行"),
        ({"row": 86}, "row", "表1 只有第 1–85 行，没有第 86 行。"),
        ({"row": 1, "name": "氯"}, "row", "表1 第 1 行是氨，不是“氯”"),
        ({"row": "1"}, "row", "应为表1 的行号（整数）。"),
        ({"class": "Z1"}, "class", "表2 没有危险类别“Z1”，请选择：J1"),
        ({"class": [3]}, "class", "应为表2 的危险类别符号"),
        ({}, "name", "请给出 name（名称）、row（表1 行号）或 class（表2 危险类别）之一。"),
        ({"name": "氨", "quantity_t": -1}, "quantity_t", "不能小于 0。"),
        ({"name": "氨", "quantity_t": "40"}, "quantity_t", "应为数字（t）。"),
        ({"name": "氨", "quantity_t": True}, "quantity_t", "应为数字（t）。"),
        ({"name": "氨", "quantity_t": float("nan")}, "quantity_t", "应为数字（t）。"),
        ({"name": "氨", "quantity_t": None}, "quantity_t", "请填写设计最大量（t）。"),
        ({"name": "氨", "quantity_t": 1e10}, "quantity_t", "不能大于 1,000,000,000 t。"),
        ({"name": "氨", "quantity_t": Decimal("1e-999999")}, "quantity_t", "最多 20 位小数。"),
        ({"name": "氨", "mixture": "yes"}, "mixture", "应为 true 或 false。"),
    ],
)
def test_what_cannot_be_looked_up_says_at_the_field_what_to_choose(substance: dict[str, Any], field: str, told: str) -> None:
    with pytest.raises(Invalid) as refused:
        identified({"people": 0, "substances": [{"quantity_t": 5} | substance]})
    assert told in refused.value.fields[f"substances[0].{field}"]
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("body", "field", "told"),
    [
        ({"people": -1, "substances": [{"name": "氨", "quantity_t": 1}]}, "people", "不能小于 0。"),
        ({"people": 1.5, "substances": []}, "people", "应为整数（人）。"),
        ({"people": "35", "substances": []}, "people", "应为整数（人）。"),
        ({"substances": []}, "people", "请填写厂区边界外 500 m 范围内的常住人口数。"),
        ({"people": 1, "substances": []}, "substances", "请至少给出一种危险化学品。"),
        ({"people": 1}, "substances", "请至少给出一种危险化学品。"),
        ({"people": 1, "substances": [{"name": "氨", "quantity_t": 1}] * 201}, "substances", "一个单元最多 200 种"),
        ({"people": 1, "substances": [7]}, "substances[0]", "应为对象"),
        ({"people": 1, "substances": [{"name": "氨", "quantity_t": 1, "beta": 2}]}, "substances[0]", "不认识 beta"),
    ],
)
def test_a_request_that_is_none_is_refused_at_its_field(body: dict[str, Any], field: str, told: str) -> None:
    with pytest.raises(Invalid) as refused:
        identified(body)
    assert told in refused.value.fields[field]


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        identified({"people": -1, "substances": [{"name": "氨", "quantity_t": -1}, {"quantity_t": 1}]})
    assert set(refused.value.fields) == {"people", "substances[0].quantity_t", "substances[1].name"}


def test_the_tables_are_whole() -> None:
    assert (len(table1()), len(table2()), len(table3()), len(table5()), len(table6())) == (85, 24, 14, 5, 4)
    assert [one.row for one in table1()] == list(range(1, 86))
    assert {one.table3_name for one in table1()} - {""} == set(table3())
    assert {symbol for one in table1() for symbol in one.likely_classes} <= set(table2())
    assert all(one.is_derived for one in table1() if one.likely_classes)
    assert version().startswith("GB 18218-2018 数据第1版 ")


def test_every_name_of_table_1_finds_its_row() -> None:
    assert [one.row for one in table1() if one not in named(one.name)] == []
    assert [one.row for name in ("ＴＮＴ", "7664-41-7", "1，3-丁二烯") for one in named(name)] == [35, 1, 47]
    assert [one.row for one in near("液体氯")][:1] == [12]


# Substances by the way in which they are named: table 1 with β of table 3, of table 4, and table 2.
_KINDS = st.sampled_from([{"row": 1}, {"row": 6}, {"row": 30}, {"row": 26, "beta_class": "J1"}, {"row": 65, "beta_class": "W5.3"}, {"classes": ("J3", "W5.4")}, {"classes": ("W1.1",)}])
_QUANTITY = st.decimals(0, 10_000, places=3)
AMOUNTS = st.builds(lambda kind, quantity: Amount(quantity, **kind), _KINDS, _QUANTITY)
UNITS = st.lists(AMOUNTS, min_size=1, max_size=8)
PEOPLE = st.integers(0, 500)


@settings(deadline=None, max_examples=150)
@given(UNITS, PEOPLE, st.data())
def test_more_of_a_substance_never_lowers_anything(amounts: list[Amount], people: int, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(amounts) - 1))
    more = list(amounts)
    more[place] = more[place]._replace(quantity_t=more[place].quantity_t + data.draw(_QUANTITY))
    before, after = identify(people, amounts), identify(people, more)
    assert after.s >= before.s
    assert (after.r or 0) >= (before.r or 0)
    assert (after.level or 5) <= (before.level or 5)


@settings(deadline=None, max_examples=100)
@given(UNITS, PEOPLE, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(amounts: list[Amount], people: int, random: Any) -> None:
    shuffled = list(amounts)
    random.shuffle(shuffled)
    assert identify(people, shuffled)[:4] == identify(people, amounts)[:4]


@settings(deadline=None, max_examples=100)
@given(UNITS, st.lists(PEOPLE, min_size=2, max_size=2).map(sorted))
def test_more_people_never_lower_the_level(amounts: list[Amount], people: list[int]) -> None:
    few, many = (identify(one, amounts) for one in people)
    assert (many.r or 0) >= (few.r or 0)


@settings(deadline=None, max_examples=100)
@given(UNITS, PEOPLE)
def test_below_one_there_is_neither_r_nor_level(amounts: list[Amount], people: int) -> None:
    found = identify(people, amounts)
    assert (found.r is None) == (found.level is None) == (found.s < 1)
