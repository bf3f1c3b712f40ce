"""When something of a major hazard installation or its plans falls due. Pure: days in, days out.

Sources: 生产安全事故应急预案管理办法 (令第88号, amended by 应急管理部令第2号): filing within 20 working days of publishing, review every three
years, drills; 总局令第40号: safety assessment every three years (from memory, shown as 待核实).
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

FILING_DAYS = 20
REVIEW_MONTHS = ASSESSMENT_MONTHS = FILING_MONTHS = 36
# A unit that stores dangerous chemicals practises a plan every half-year, whatever its kind.
DRILL_MONTHS = {"comprehensive": 12, "special": 12, "onsite": 6}
UNIT_DRILL_MONTHS = 6
# From so many days before on it is named as due soon.
NEAR_DAYS = {"filing": 90, "assessment": 90, "plan_filing": 20, "plan_review": 90, "drill": 30}


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later, or the last day of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def working_days_after(day: date, days: int) -> date:
    """The last of so many working days after ``day``: Monday to Friday; public holidays are not known and make it later."""
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def assessment_due(assessed_on: date | None) -> date | None:
    """The day by which the next safety assessment is due."""
    return months_after(assessed_on, ASSESSMENT_MONTHS) if assessed_on else None


def filing_due(published_on: date, filed_on: date | None) -> date | None:
    """The day by which a published plan is to be filed; None when it was."""
    return None if filed_on else working_days_after(published_on, FILING_DAYS)


def review_due(published_on: date, reviewed_on: date | None) -> date:
    """The day by which a plan is to be reviewed again."""
    return months_after(max(published_on, reviewed_on or published_on), REVIEW_MONTHS)


def drill_due(kind: str, published_on: date, last_drilled_on: date | None) -> date:
    """The day by which a plan of the kind is to be practised again; a new edition counts from its publication."""
    return months_after(max(published_on, last_drilled_on or published_on), DRILL_MONTHS[kind])
