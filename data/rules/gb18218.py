"""Identification and grading of major hazard installations: S = Σ qᵢ/Qᵢ, R = α Σ βᵢ qᵢ/Qᵢ, with the working line by line.

Source: GB 18218-2018, formulas (1) and (2), tables 1–6. Quantities are decimals in tonnes and are reckoned as exact fractions:
a result is on the right side of 1, 10, 50 and 100 also where q/Q has no end, as with Q = 0.3 t.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal, localcontext
from fractions import Fraction
from typing import NamedTuple

from data.errors import Invalid
from data.rules.gb18218_tables import (
    STANDARD,
    TO_VERIFY,
    HazardClass,
    Listed,
    named,
    narrowed,
    near,
    row_words,
    table1,
    table2,
    table3,
    table5,
    table6,
)

DIGITS = 28
SHOWN = Decimal("0.000001")  # the working shows no finer step


class Amount(NamedTuple):
    """What is in the unit: ``quantity_t`` is the design maximum in tonnes (4.2.2).

    A substance of table 1 by ``row`` or ``name``, else by its ``classes`` of table 2; ``beta_class`` is the symbol by which
    table 4 gives β where table 3 has none. A mixture counts whole: by its row while it has the class of the pure substance,
    else by its own class (4.2.3).
    """

    quantity_t: Decimal
    name: str = ""
    row: int | None = None
    classes: tuple[str, ...] = ()
    beta_class: str = ""
    is_mixture: bool = False


class Line(NamedTuple):
    """A line of the working and where it comes from. What is ``to_verify`` is no text of the standard."""

    text: str
    source: str
    to_verify: bool = False


class Share(NamedTuple):
    """One substance, reckoned: Q in tonnes, β, q/Q exactly."""

    amount: Amount
    name: str
    critical_t: Decimal
    beta: Decimal
    ratio: Fraction
    lines: tuple[Line, ...]

    @property
    def weighted(self) -> Fraction:
        return Fraction(self.beta) * self.ratio


class Result(NamedTuple):
    """S, and where it reaches 1 the R and the level 1–4; None and None below: such a unit is no major hazard installation."""

    s: Decimal
    r: Decimal | None
    level: int | None
    alpha: Decimal
    people: int
    shares: tuple[Share, ...]
    working: tuple[Line, ...]


def identify(people: int, amounts: Sequence[Amount]) -> Result:
    """The result for a unit with ``people`` living within 500 m outside the boundary.

    Invalid names by ``substances[0].name`` and the like what cannot be looked up and what to choose instead.
    """
    shares: list[Share] = []
    faults: dict[str, str] = {}
    for number, amount in enumerate(amounts):
        try:
            shares.append(_share(amount))
        except Invalid as error:
            faults |= {f"substances[{number}].{name}": text for name, text in error.fields.items()}
    if faults:
        raise Invalid("".join(f"{name}：{text}" for name, text in faults.items()), faults)
    alpha = alpha_of(people)
    exact = sum((one.ratio for one in shares), Fraction())
    s = decimal_of(exact)
    lines = [line for one in shares for line in one.lines]
    lines.append(Line(f"S = {_sum([_figure(one.ratio) for one in shares], _figure(exact))}", f"{STANDARD} 4.2 式(1)"))
    if exact < 1:
        lines.append(Line("S < 1，不构成重大危险源，不分级", f"{STANDARD} 4.2"))
        return Result(s, None, None, alpha, people, tuple(shares), tuple(lines))
    weighted = Fraction(alpha) * sum((one.weighted for one in shares), Fraction())
    r = decimal_of(weighted)
    level = level_of(r)
    products = " + ".join(f"{figure(one.beta)} × {_figure(one.ratio).removeprefix('≈')}" for one in shares)
    grade = table6()[level - 1]
    lines += [
        Line("S ≥ 1，构成重大危险源", f"{STANDARD} 4.2"),
        Line(f"厂区边界外 500 m 常住人口 {people:,} 人，α = {figure(alpha)}", f"{STANDARD} 4.3 表5"),
        Line(f"R = {figure(alpha)} × ({products}) {_equals(_figure(weighted))}", f"{STANDARD} 4.3 式(2)"),
        Line(f"{_span(grade.least, grade.below)}，{grade.word}重大危险源", f"{STANDARD} 4.3 表6"),
    ]
    return Result(s, r, level, alpha, people, tuple(shares), tuple(lines))


def alpha_of(people: int) -> Decimal:
    """α by the people who live within 500 m outside the boundary (table 5)."""
    return next(one.value for one in table5() if people >= one.least and (one.most is None or people <= one.most))


def level_of(r: Decimal) -> int:
    """1–4 for 一级 … 四级 (table 6): 100, 50 and 10 belong to the graver level."""
    return next(one.level for one in table6() if one.least is None or r >= one.least)


def listed(amount: Amount) -> Listed | None:
    """The row of table 1 that the amount means; None where it goes by a class. Invalid when it cannot be told which."""
    if amount.row is not None:
        if not 1 <= amount.row <= len(table1()):
            raise _fault("row", f"表1 只有第 1–{len(table1())} 行，没有第 {amount.row} 行。")
        found = table1()[amount.row - 1]
        if amount.name and named(amount.name) and found not in named(amount.name):
            raise _fault("row", f"表1 第 {amount.row} 行是{found.name}，不是“{amount.name}”，请只填其中一项。")
        return found
    rows = named(amount.name) if amount.name else ()
    if len(rows) == 1:
        # A mixture with another class than the pure substance goes by that class.
        return None if amount.is_mixture and amount.classes else rows[0]
    if amount.classes:
        return None
    rows = rows or narrowed(amount.name)
    if rows:
        choices = row_words(rows)
        raise _fault("name", f"“{amount.name}”在表1 中按含量等分行，请用 row 指明：{choices}；都不是的，用 class 给出表2 的危险类别。")
    offered = near(amount.name)
    hint = f"是否为：{row_words(offered)}；表1 没有的，" if offered else ""
    raise _fault("name", f"表1 没有“{amount.name}”。{hint}请用 class 给出表2 的危险类别：{'、'.join(table2())}。")


def classes_of(symbols: Sequence[str], name: str = "class") -> list[HazardClass]:
    """The classes with these symbols; Invalid names those that there are."""
    unknown = [one for one in symbols if one not in table2()]
    if unknown:
        raise _fault(name, f"表2 没有危险类别“{'、'.join(unknown)}”，请选择：{'、'.join(table2())}。")
    return [table2()[one] for one in symbols]


def decimal_of(value: Fraction) -> Decimal:
    """The value with 28 digits, cut rather than rounded: it never reaches a limit that the value itself does not."""
    with localcontext() as context:
        context.prec, context.rounding = DIGITS, ROUND_DOWN
        return Decimal(value.numerator) / Decimal(value.denominator)


def figure(value: Decimal) -> str:
    """The number without needless zeros or exponent."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _share(amount: Amount) -> Share:
    row = listed(amount)
    given = classes_of(amount.classes)
    if row is not None:
        name, critical = row.name, row.critical_t
        lines = [Line(f"{name}：Q = {figure(critical)} t", f"{STANDARD} 表1 第{row.row}行")]
    else:
        lowest = min(given, key=lambda one: one.critical_t)
        name, critical = amount.name or lowest.hazard, lowest.critical_t
        of = "、".join(f"{one.symbol} {one.words} {figure(one.critical_t)} t" for one in given)
        several = "有多种危险性，取最低，" if len(given) > 1 else ""
        lines = [Line(f"{name}：{of}；{several}Q = {figure(critical)} t", f"{STANDARD} 4.1.2 表2")]
    if amount.is_mixture:
        told = "与其纯物质危险类别相同，按混合物整体计" if row is not None else "危险类别与其纯物质不同，按新类别取临界量"
        lines.append(Line(f"{name}为混合物：{told}", f"{STANDARD} 4.2.3"))
    ratio = Fraction(amount.quantity_t) / Fraction(critical)
    lines.append(Line(f"{name}：设计最大量 q = {figure(amount.quantity_t)} t，q/Q {_equals(_figure(ratio))}", f"{STANDARD} 4.2.2"))
    beta, line = _beta(amount, row, given, name)
    return Share(amount, name, critical, beta, ratio, (*lines, line))


def _beta(amount: Amount, row: Listed | None, given: Sequence[HazardClass], name: str) -> tuple[Decimal, Line]:
    """β: table 3 first, then table 4 by the symbol that was chosen, else by the class with the lowest Q."""
    gas = row.table3_name if row is not None else "" if amount.is_mixture else amount.name
    if gas in table3():
        beta, is_derived = table3()[gas], row is not None and row.is_derived
        note = f"（按{gas}，{TO_VERIFY}）" if is_derived else ""
        return beta, Line(f"{name}：β = {figure(beta)}{note}", f"{STANDARD} 4.3 表3", is_derived)
    if amount.beta_class:
        chosen = classes_of([amount.beta_class], "beta_class")[0]
    elif given:
        lowest = min(one.critical_t for one in given)
        chosen = max((one for one in given if one.critical_t == lowest), key=lambda one: one.beta)
    else:
        likely = row.likely_classes if row is not None else ()
        rest = "、".join(one for one in table2() if one not in likely)
        first = f"{'、'.join(likely)}（可能的类别，{TO_VERIFY}）；其他可选 " if likely else ""
        raise _fault("beta_class", f"表3 没有“{name}”，请用 beta_class 选择表4 的危险类别符号：{first}{rest}。")
    return chosen.beta, Line(f"{name}：{chosen.symbol} {chosen.hazard}，β = {figure(chosen.beta)}", f"{STANDARD} 4.3 表4")


def _fault(name: str, text: str) -> Invalid:
    return Invalid(text, {name: text})


def _figure(value: Fraction) -> str:
    """The value with at most six places; one that has more is marked as rounded."""
    exact = decimal_of(value)
    short = exact.quantize(SHOWN, ROUND_DOWN) if abs(exact) < 10**18 else exact
    return ("" if Fraction(short) == value else "≈") + figure(short)


def _equals(text: str) -> str:
    return f"≈ {text[1:]}" if text.startswith("≈") else f"= {text}"


def _sum(parts: Sequence[str], total: str) -> str:
    if len(parts) == 1:
        return total
    return f"{' + '.join(part.removeprefix('≈') for part in parts)} {_equals(total)}"


def _span(least: Decimal | None, below: Decimal | None) -> str:
    if least is None:
        return f"R < {figure(below or Decimal())}"
    return f"R ≥ {figure(least)}" if below is None else f"{figure(below)} > R ≥ {figure(least)}"
