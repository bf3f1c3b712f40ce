"""From typed text to values: what is not possible is said at the field."""

from __future__ import annotations

import pytest

from data.models import Enterprise
from data.values import scalar

OUTLINE, PHONE = Enterprise.__table__.c.outline, Enterprise.__table__.c.phone


def test_a_polygon_is_read_as_geojson() -> None:
    text = '{"type": "Polygon", "coordinates": [[[120.4, 41.4], [120.5, 41.4], [120.5, 41.5], [120.4, 41.4]]]}'
    assert scalar(OUTLINE, text) == {"type": "Polygon", "coordinates": [[[120.4, 41.4], [120.5, 41.4], [120.5, 41.5], [120.4, 41.4]]]}
    assert scalar(OUTLINE, " ") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "不是范围"),
        ("[]", "不是范围"),
        ('{"type": "Point", "coordinates": [1, 2]}', "不是范围"),
        ('{"type": "Polygon", "coordinates": [[["a", 1]]]}', "不是范围"),
        ('{"type": "Polygon", "coordinates": [[[1, 1], [2, 2], [1, 1]]]}', "首尾相接"),
        ('{"type": "Polygon", "coordinates": [[[1, 1], [2, 2], [3, 1], [4, 4]]]}', "首尾相接"),
        ('{"type": "Polygon", "coordinates": [[[1, 1], [200, 2], [3, 1], [1, 1]]]}', "超出可能的范围"),
    ],
)
def test_what_is_no_polygon_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scalar(OUTLINE, text)


@pytest.mark.parametrize("text", ["13800000001", "138-0000-3025", "138 0000 3025", "0421-3809119", "0421-000-6742", "119"])
def test_telephone_numbers_may_be_written_as_people_write_them(text: str) -> None:
    assert scalar(PHONE, text) == text


@pytest.mark.parametrize("text", ["12", "call me", "138-0000-30255", "0421-38"])
def test_what_is_no_telephone_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="请输入手机号"):
        scalar(PHONE, text)
