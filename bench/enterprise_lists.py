"""What is asked of the list of enterprises among a million, and of Django's admin on the same table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from bench.django_admin import PAGE_SIZE, Declared
from bench.enterprises import EXPORTED, EXPORTED_TYPE
from bench.lists import Case, Lists

WORDS = ("宏泰化工", "永飞电池材料集团", "医药中间体", "化工新材料", "有限公司", "凌河 机械制造", "9121130500", "没有这一家")
SHORT_WORDS = ("化工", "王伟")
# What the list of the platform shows and searches; the words of coded columns are shown by both.
LISTED = ("name", "unit_type", "division", "short_department", "scale", "grade", "completeness", "confirm_state", "state", "updated_at")
SEARCHED = ("code", "name", "short_name", "credit_code", "legal_person", "contact")


def admin() -> Declared:
    """The admin of enterprises, as its manual teaches."""
    from data.models import Department, Division, Enterprise, UnitType, User
    from pages.enterprises import ENTERPRISES

    def short_department(self: Any, row: Any) -> str:
        return row.department.short_name if row.department else ""

    return Declared(
        model=Enterprise,
        links={"division": Division, "unit_type": UnitType, "department": Department, "confirmed_by": User},
        options={
            "list_display": LISTED,
            "list_filter": ("scale", "grade", "standard_state", "confirm_state", "state", "department", "unit_type"),
            "list_select_related": ("unit_type", "division", "department"),
            "search_fields": SEARCHED,
            "ordering": ("code",),
            "short_department": short_department,
        },
        exported=ENTERPRISES.exported(),
        related=("unit_type", "division", "department", "confirmed_by"),
    )


def _pages(lists: Lists) -> list[Case]:
    return [
        lists.page("the first page", {}, {}),
        lists.page("page 40", {"page": "40"}, {"p": "40"}),
        lists.page("page 400", {"page": "400"}, {"p": "400"}),
    ]


def _last_page(lists: Lists) -> list[Case]:
    last = -(-lists.ids("SELECT count(*) FROM enterprise WHERE deleted_at IS NULL")[0] // PAGE_SIZE)
    return [lists.page("the last page", {"page": "-1"}, {"p": str(last)})]


def _sorts(lists: Lists) -> list[Case]:
    def case(name: str, sign: str = "") -> Case:
        return lists.page(f"by {sign}{name}", {"sort": f"{sign}{name}"}, {"o": f"{sign}{LISTED.index(name) + 1}"})

    return [case("name"), case("updated_at", "-"), case("completeness"), case("scale"), case("grade"), case("grade", "-")]


def _filters(lists: Lists) -> list[Case]:
    """By places with many and with few enterprises, all that is below them included; by a code; by several at once."""
    places = """
        SELECT above.id FROM enterprise JOIN division AS own ON own.id = division_id JOIN division AS above ON above.id = own.parent_id
        WHERE above.level = %s GROUP BY 1 ORDER BY count(*) {} LIMIT 1"""
    below = "SELECT id FROM division WHERE %s IN (id, parent_id) OR parent_id IN (SELECT id FROM division WHERE parent_id = %s)"

    def case(words: str, place: int, ours: dict[str, Any], theirs: dict[str, Any]) -> Case:
        inside = ",".join(map(str, lists.ids(below, place, place)))
        return lists.page(words, {"division_id": str(place), **ours}, {"division__in": inside, **theirs})

    town, small, county = (lists.ids(places.format(order), level)[0] for order, level in (("DESC", "town"), ("ASC", "town"), ("DESC", "county")))
    return [
        case("a large town", town, {}, {}),
        case("a small town", small, {}, {}),
        case("a county", county, {}, {}),
        case("a small town, large firms", small, {"scale": "micro"}, {"scale__exact": "micro"}),
        case("a county, unconfirmed, grade A", county, {"grade": "A", "confirm_state": "pending"}, {"grade__exact": "A", "confirm_state__exact": "pending"}),
        lists.page("large firms", {"scale": "large"}, {"scale__exact": "large"}),
        lists.page("under rectification", {"state": "ordered_stop"}, {"state__exact": "ordered_stop"}),
        lists.page("completeness 99 to 100", {"completeness_from": "99"}, {"completeness__gte": "99"}),
    ]


def _search(lists: Lists) -> list[Case]:
    return [lists.page(f"“{word}”", {"q": word}, {"q": word}) for word in WORDS]


def _short_search(lists: Lists) -> list[Case]:
    return [lists.page(f"“{word}”", {"q": word}, {"q": word}) for word in SHORT_WORDS]


def _export(lists: Lists) -> list[Case]:
    """The same rows and columns as a workbook: asked for, written, fetched; beside an admin action with openpyxl."""
    kind = lists.ids("SELECT id FROM unit_type WHERE code = %s", EXPORTED_TYPE)[0]
    found = lists.ids("SELECT count(*) FROM enterprise WHERE unit_type_id = %s AND deleted_at IS NULL", kind)[0]
    assert found == EXPORTED, found
    query = f"unit_type__id__exact={kind}"
    theirs = partial(lists.theirs.export, query, "as_xlsx")
    return [Case(f"{found:,} rows, xlsx by openpyxl", partial(lists.ours.export, {"unit_type_id": str(kind)}), theirs)]


def _export_csv(lists: Lists) -> list[Case]:
    """Our workbook beside a CSV of the admin, which is a third of the work: no figure of the contract, but the truth."""
    [workbook] = _export(lists)
    query = urlencode({"unit_type__id__exact": lists.ids("SELECT id FROM unit_type WHERE code = %s", EXPORTED_TYPE)[0]})
    return [workbook._replace(words="the same rows as CSV", theirs=partial(lists.theirs.export, query, "as_csv"))]


CASES: dict[str, Callable[[Lists], list[Case]]] = {
    "list.page": _pages,
    "list.last_page": _last_page,
    "list.sort": _sorts,
    "list.filter": _filters,
    "list.search": _search,
    "list.search_short": _short_search,
    "list.export": _export,
    "list.export_csv": _export_csv,
}
