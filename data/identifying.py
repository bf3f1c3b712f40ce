"""What somebody sends to be identified — a program or the screen — checked field by field, and the answer as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from data.errors import Invalid
from data.rules.gb18218 import Amount, Result, identify
from data.rules.gb18218_tables import table6

MOST_SUBSTANCES = 200
MOST_PEOPLE = 10_000_000
MOST_TONNES = Decimal(10) ** 9
MOST_PLACES = 20
MOST_WORDS = 100
KEYS = ("name", "row", "class", "quantity_t", "beta_class", "mixture")


class Given(NamedTuple):
    """A checked request."""

    people: int
    amounts: tuple[Amount, ...]


def identified(given: Any) -> Result:
    """The result for ``{"people": …, "substances": […]}``; Invalid with a message for each field that cannot be taken."""
    checked = read(given)
    return identify(checked.people, checked.amounts)


def read(given: Any) -> Given:
    """The request with its numbers as decimals (a float means the decimal that it is written as)."""
    if not isinstance(given, Mapping):
        raise Invalid('请提交 JSON 对象，如 {"people": 35, "substances": [{"name": "氨", "quantity_t": 40}]}。')
    faults: dict[str, str] = {}
    people = _people(given.get("people"), faults)
    rows = given.get("substances")
    amounts: list[Amount] = []
    if rows is not None and (not isinstance(rows, Sequence) or isinstance(rows, str)):
        faults["substances"] = "应为列表，每种危险化学品一项。"
    elif not rows:
        faults["substances"] = "请至少给出一种危险化学品。"
    elif len(rows) > MOST_SUBSTANCES:
        faults["substances"] = f"一个单元最多 {MOST_SUBSTANCES} 种，收到 {len(rows)} 种。"
    else:
        amounts = [_amount(row, f"substances[{number}]", faults) for number, row in enumerate(rows)]
    if faults:
        raise Invalid("".join(f"{name}：{text}" for name, text in faults.items()), faults)
    return Given(people, tuple(amounts))


def answer_of(result: Result) -> dict[str, Any]:
    """S, R, level and working as plain values; the numbers stay decimals."""
    return {
        "S": result.s,
        "R": result.r,
        "level": table6()[result.level - 1].word if result.level else None,
        "working": [line._asdict() for line in result.working],
    }


def decimal_of(value: Any) -> Decimal | None:
    """The number as a decimal; None when it is none (text and yes/no are none)."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() else None


def _people(value: Any, faults: dict[str, str]) -> int:
    number = decimal_of(value)
    if value is None:
        faults["people"] = "请填写厂区边界外 500 m 范围内的常住人口数。"
    elif number is None:
        faults["people"] = "应为整数（人）。"
    elif number < 0:
        faults["people"] = "不能小于 0。"
    elif number > MOST_PEOPLE:
        faults["people"] = f"不能大于 {MOST_PEOPLE:,}。"
    elif number != int(number):
        faults["people"] = "应为整数（人）。"
    else:
        return int(number)
    return 0


def _amount(row: Any, at: str, faults: dict[str, str]) -> Amount:
    if not isinstance(row, Mapping):
        faults[at] = "应为对象，如 {\"name\": \"氨\", \"quantity_t\": 40}。"
        return Amount(Decimal())
    unknown = [str(key)[:30] for key in row if key not in KEYS]
    if unknown:
        faults[at] = f"不认识 {'、'.join(unknown[:5])}，可用：{'、'.join(KEYS)}。"
    symbols = row.get("class") or ()
    classes = (symbols,) if isinstance(symbols, str) else symbols
    if not isinstance(classes, Sequence) or not all(isinstance(one, str) for one in classes):
        faults[f"{at}.class"] = "应为表2 的危险类别符号，如 \"J1\"；有多种危险性的，用列表给出。"
        classes = ()
    number = row.get("row")
    if number is not None and (isinstance(number, bool) or not isinstance(number, int)):
        faults[f"{at}.row"] = "应为表1 的行号（整数）。"
        number = None
    elif not row.get("name") and number is None and not classes and f"{at}.class" not in faults:
        faults[f"{at}.name"] = "请给出 name（名称）、row（表1 行号）或 class（表2 危险类别）之一。"
    words = {name: _words(row.get(name), f"{at}.{name}", faults) for name in ("name", "beta_class")}
    mixture = row.get("mixture", False)
    if not isinstance(mixture, bool):
        faults[f"{at}.mixture"] = "应为 true 或 false。"
    return Amount(_quantity(row.get("quantity_t"), f"{at}.quantity_t", faults), words["name"], number, tuple(one.strip().upper() for one in classes), words["beta_class"].upper(), mixture is True)


def _words(value: Any, at: str, faults: dict[str, str]) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MOST_WORDS:
        faults[at] = f"应为文字，最多 {MOST_WORDS} 个字。"
        return ""
    return value.strip()


def _quantity(value: Any, at: str, faults: dict[str, str]) -> Decimal:
    number = decimal_of(value)
    if value is None:
        faults[at] = "请填写设计最大量（t）。"
    elif number is None:
        faults[at] = "应为数字（t）。"
    elif number < 0:
        faults[at] = "不能小于 0。"
    elif number > MOST_TONNES:
        faults[at] = f"不能大于 {MOST_TONNES:,} t。"
    elif _places(number) > MOST_PLACES:
        faults[at] = f"最多 {MOST_PLACES} 位小数。"
    else:
        return number
    return Decimal()


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0
