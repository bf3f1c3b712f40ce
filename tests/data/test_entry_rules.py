"""What the rules of single entries promise: credit codes, CAS numbers, addresses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from data.rules import credit_code, entries


def test_the_example_of_the_standard_holds() -> None:
    assert credit_code.fault("91350100M000100Y43") == "", "GB 32100-2015, appendix"


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("91350100M000100Y", "应为 18 位，现为 16 位。"),
        ("91350100M000100Y433", "应为 18 位，现为 19 位。"),
        ("91350100M000100Y44", "校验位不对，请核对。"),
        ("91350100M000100I43", "不能有“I”，只用数字和大写字母（不用 I、O、S、V、Z）。"),
        ("91350100m000100Y43", "不能有“m”，只用数字和大写字母（不用 I、O、S、V、Z）。"),
        ("91A50100M000100Y43", "第 3–8 位应为登记机关的行政区划码，即 6 位数字。"),
        ("", "应为 18 位，现为 0 位。"),
    ],
)
def test_a_wrong_credit_code_is_told_why(code: str, fault: str) -> None:
    assert credit_code.fault(code) == fault


def test_exchanged_neighbours_do_not_pass() -> None:
    code = "91350100M000100Y43"
    swapped = [code[:place] + code[place + 1] + code[place] + code[place + 2 :] for place in range(8, 16)]
    assert [one for one in swapped if one != code and credit_code.fault(one) == ""] == []


@pytest.mark.parametrize(
    ("rule", "good", "bad", "fault"),
    [
        (entries.cas_number, "67-56-1", "67-56-2", "CAS 号校验位不对，请核对。"),
        (entries.cas_number, "7664-41-7", "7664417", "CAS 号应如 67-56-1。"),
        (entries.email, "a@example.com", "a@example", "不是邮箱地址，应如 name@example.com。"),
        (entries.postcode, "122629", "12262", "邮政编码应为 6 位数字。"),
        (entries.not_negative, 0, -1, "不能小于 0。"),
        (entries.longitude, 120.4, 180.5, "经度应在 -180–180 之间。"),
        (entries.latitude, 41.4, -91, "纬度应在 -90–90 之间。"),
    ],
)
def test_an_entry_is_taken_or_told_why_not(rule: Callable[..., str], good: object, bad: object, fault: str) -> None:
    assert (rule(good), rule(bad)) == ("", fault)
