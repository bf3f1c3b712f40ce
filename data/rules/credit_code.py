"""The unified social credit code of a legal person, GB 32100-2015: what is wrong with one, and its check sign."""

from __future__ import annotations

import re

SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # 5.1: without I, O, S, V and Z
LENGTH = 18


def check_sign(body: str) -> str:
    """The 18th sign of a code by its first 17 (GB 32100-2015 5.6, appendix A: MOD 31-3)."""
    total = sum(SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return SIGNS[(31 - total % 31) % 31]


def fault(code: str) -> str:
    """Why ``code`` cannot be a credit code, in Chinese; empty when it can."""
    if len(code) != LENGTH:
        return f"应为 {LENGTH} 位，现为 {len(code)} 位。"
    strange = next((sign for sign in code if sign not in SIGNS), "")
    if strange:
        return f"不能有“{strange}”，只用数字和大写字母（不用 I、O、S、V、Z）。"
    if not re.fullmatch(r"\d{6}", code[2:8]):
        return "第 3–8 位应为登记机关的行政区划码，即 6 位数字。"
    if check_sign(code[:17]) != code[17]:
        return "校验位不对，请核对。"
    return ""
