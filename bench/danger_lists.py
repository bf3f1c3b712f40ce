"""What is asked of the lists of hidden dangers among a million, by an officer of the park and by one of a department.

The admin of Django is asked for the same rows: without the drafts of enterprises, for the department those of the enterprises that
it supervises. 未整改隐患 counts its four heads besides, which the admin does not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from bench import lists
from bench.dangers import EXPORTED, EXPORTED_KIND
from bench.django_admin import PAGE_SIZE, Declared, Linked, Peer
from bench.lists import Case, Park

# A thing, a place and a thing, an enterprise, a trade, a part of a code, nearly all enterprises; the last one is nowhere.
WORDS = ("紧急切断阀故障", "配电室 灭火器压力", "永飞电池材料集团", "化工新材料", "9121130500", "有限公司", "没有这一条")
LISTED = ("name", "enterprise", "short_division", "level", "kind", "source", "found_on", "deadline_on", "state")
SEARCHED = ("number", "name", "place", "person", "supervision_number", "notice_number", "lifting_number")
OF_FIRM = ("code", "name", "short_name", "credit_code", "legal_person", "contact")
OPEN = {"closed_on__isnull": "True"}
DEPARTMENT = "dept"


class Lists(NamedTuple):
    """The ledger and what is not put right, as two people see them."""

    park: lists.Lists
    department: lists.Lists
    open: lists.Lists
    open_of_department: lists.Lists

    @classmethod
    def of(cls, park: Park, peer: Peer, cursor: Any) -> Lists:
        """The lists of the platform and the admin of ``HiddenDanger``."""
        theirs = {"admin": peer, DEPARTMENT: peer.as_person(DEPARTMENT)}
        return cls(*(lists.Lists(park.list_of(key, who), theirs[who], cursor) for key in ("dangers", "dangers_unrectified") for who in ("admin", DEPARTMENT)))

    def both(self, words: str, ours: dict[str, Any], theirs: dict[str, Any]) -> list[Case]:
        """The same page of the ledger for both people."""
        return [self.park.page(words, ours, theirs), self.department.page(f"{words}, a department", ours, theirs)]


def admin() -> Declared:
    """The admin of hidden dangers, as its manual teaches; the superuser ``dept`` sees what the department of that name supervises."""
    from data.models import Department, Division, Enterprise, HiddenDanger, MajorCriterion
    from pages.dangers.ledger import LEDGER

    def short_division(self: Any, row: Any) -> str:
        return str(row.enterprise.division.name)

    def rows(queryset: Any, username: str) -> Any:
        from django.db.models import Q

        kept = queryset.exclude(Q(state="draft") & Q(source="self"))
        return kept.filter(enterprise__department__in=offices()) if username == DEPARTMENT else kept

    return Declared(
        model=HiddenDanger,
        links={"enterprise": Linked(Enterprise, {"division": Division, "department": Department}), "criterion": MajorCriterion, "supervisor": Department},
        options={
            "list_display": LISTED,
            "list_filter": ("level", "state", "kind", "source", "found_on", "deadline_on"),
            "list_select_related": ("enterprise__division",),
            "search_fields": (*SEARCHED, *(f"enterprise__{one}" for one in OF_FIRM)),
            "ordering": ("-found_on",),
            "short_division": short_division,
            "lookup_allowed": lambda self, lookup, value, request=None: True,  # places are asked for through the enterprise
        },
        exported=LEDGER.exported(),
        related=("enterprise__division", "criterion", "supervisor"),
        rows=rows,
    )


def offices() -> list[int]:
    """The department of the user ``dept`` and those below it."""
    from sqlalchemy import select

    from data.db import read_session
    from data.models import Department, User
    from data.tree import within

    with read_session() as session:
        own = session.scalars(select(User.department_id).where(User.username == DEPARTMENT)).one()
        assert own is not None
        return list(session.scalars(select(Department.id).where(within(Department.id, Department, own))))


def _pages(these: Lists) -> list[Case]:
    unlike = {**OPEN, "o": str(LISTED.index("deadline_on") + 1)}
    return [
        *these.both("the first page", {}, {}),
        *these.both("page 400", {"page": "400"}, {"p": "400"}),
        these.open.page("not put right", {}, unlike),
        these.open_of_department.page("not put right, a department", {}, unlike),
    ]


def _last_page(these: Lists) -> list[Case]:
    kept = "SELECT count(*) FROM hidden_danger JOIN enterprise ON enterprise.id = enterprise_id WHERE hidden_danger.deleted_at IS NULL AND (hidden_danger.state <> 'draft' OR source <> 'self')"
    every = -(-these.park.ids(kept)[0] // PAGE_SIZE)
    own = -(-these.park.ids(f"{kept} AND department_id = ANY (%s)", offices())[0] // PAGE_SIZE)
    return [
        these.park.page("the last page", {"page": "-1"}, {"p": str(every)}),
        these.department.page("the last page, a department", {"page": "-1"}, {"p": str(own)}),
    ]


def _sorts(these: Lists) -> list[Case]:
    def cases(name: str, sign: str = "") -> list[Case]:
        return these.both(f"by {sign}{name}", {"sort": f"{sign}{name}"}, {"o": f"{sign}{LISTED.index(name) + 1}"})

    return [*cases("found_on"), *cases("deadline_on", "-"), *cases("level", "-"), *cases("state")]


def _filters(these: Lists) -> list[Case]:
    """By what the columns say; by places with many and with few enterprises, all that is below them included; by several at once."""
    places = """
        SELECT above.id FROM hidden_danger JOIN enterprise ON enterprise.id = enterprise_id JOIN division AS own ON own.id = division_id JOIN division AS above ON above.id = own.parent_id
        WHERE above.level = 'town' GROUP BY 1 ORDER BY count(*) {} LIMIT 1"""
    below = "SELECT id FROM division WHERE %s IN (id, parent_id) OR parent_id IN (SELECT id FROM division WHERE parent_id = %s)"

    def place(words: str, order: str, ours: dict[str, Any], theirs: dict[str, Any]) -> Case:
        [found] = these.park.ids(places.format(order))
        inside = ",".join(map(str, these.park.ids(below, found, found)))
        return these.park.page(words, {"enterprise.division_id": str(found), **ours}, {"enterprise__division__in": inside, **theirs})

    day = {"found_on__gte": "2026-10-01", "found_on__lt": "2026-10-02"}
    return [
        *these.both("major ones", {"level": "major"}, {"level__exact": "major"}),
        *these.both("of a kind", {"kind": "layout"}, {"kind__exact": "layout"}),
        *these.both("to be looked at again", {"state": "check"}, {"state__exact": "check"}),
        *these.both("major ones found by experts", {"level": "major", "source": "expert"}, {"level__exact": "major", "source__exact": "expert"}),
        *these.both("found on a day", {"found_on_from": "2026-10-01", "found_on_to": "2026-10-01"}, day),
        place("a large town", "DESC", {}, {}),
        place("a small town", "ASC", {}, {}),
        place("a large town, major ones", "DESC", {"level": "major"}, {"level__exact": "major"}),
    ]


def _search(these: Lists) -> list[Case]:
    number = "SELECT number FROM hidden_danger JOIN enterprise ON enterprise.id = enterprise_id WHERE number LIKE 'YBYH-L05%%' AND department_id = ANY (%s) ORDER BY 1 LIMIT 1"
    return [case for word in (these.park.ids(number, offices())[0], *WORDS) for case in these.both(f"“{word}”", {"q": word}, {"q": word})]


def _export(these: Lists) -> list[Case]:
    """The same rows and columns as a workbook: asked for, written, fetched; beside an admin action with openpyxl."""
    found = these.park.ids("SELECT count(*) FROM hidden_danger WHERE kind = %s AND deleted_at IS NULL", EXPORTED_KIND)[0]
    assert found == EXPORTED, found
    theirs = f"kind__exact={EXPORTED_KIND}"

    def case(who: lists.Lists, words: str) -> Case:
        return Case(words, partial(who.ours.export, {"kind": EXPORTED_KIND}), partial(who.theirs.export, theirs, "as_xlsx"))

    return [case(these.park, f"{found:,} rows, xlsx by openpyxl"), case(these.department, "those of a department")]


CASES: dict[str, Callable[[Lists], list[Case]]] = {
    "dangers.page": _pages,
    "dangers.last_page": _last_page,
    "dangers.sort": _sorts,
    "dangers.filter": _filters,
    "dangers.search": _search,
    "dangers.export": _export,
}
