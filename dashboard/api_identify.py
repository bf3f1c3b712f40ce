"""POST /api/v1/major-hazards/identify: what GB 18218-2018 says of the substances that a program sends. Nothing is stored."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import orjson
from flask import Blueprint, Response, g, request

from auth.session import current_viewer
from data.errors import Forbidden, Invalid
from data.identifying import KEYS, MOST_SUBSTANCES, answer_of, identified
from data.rules.gb18218 import figure
from data.rules.gb18218_tables import table2, table6, version

PATH = "/major-hazards/identify"
MOST_BYTES = 200_000
RIGHTS = ("hazard.view", "own.hazard")


def register(pages: Blueprint) -> None:
    """Add the address to the blueprint of the interface."""
    pages.add_url_rule(PATH, "identify", identify, methods=["POST"])


def identify() -> Response:
    """S, R, level and working of the unit in the body."""
    viewer = current_viewer()
    if getattr(g, "token_viewer", None) is not None:
        viewer.require("api.read")
    elif not any(viewer.may(one) for one in RIGHTS):
        raise Forbidden("您没有权限使用重大危险源辨识。")
    try:
        body = orjson.dumps(answer_of(identified(_body())), default=_exact)
        return Response(body, mimetype="application/json")
    except Invalid as error:
        return Response(orjson.dumps({"error": str(error), "fields": error.fields}), 422, mimetype="application/json")


def _body() -> Any:
    """The JSON of the request with exact decimals."""
    if (request.content_length or 0) > MOST_BYTES:
        raise Invalid(f"提交的内容太大，最多 {MOST_BYTES:,} 字节。")
    try:
        return json.loads(request.get_data(cache=False), parse_float=Decimal, parse_constant=lambda text: text)
    except (ValueError, ArithmeticError, RecursionError) as error:  # Decimal calls an exponent beyond reason an arithmetic error
        raise Invalid("提交的内容不是 JSON。") from error


def _exact(value: Any) -> Any:
    """A decimal as a number of JSON with all its digits: 9.6, not 9.600000000000001."""
    if isinstance(value, Decimal):
        return orjson.Fragment(figure(value))
    raise TypeError


def operation() -> dict[str, Any]:
    """The address in the OpenAPI document."""
    symbols = {"type": "string", "enum": list(table2())}
    substance = {
        "type": "object",
        "required": ["quantity_t"],
        "description": f"name、row、class 至少给一项；可用的键：{'、'.join(KEYS)}",
        "properties": {
            "name": {"type": "string", "description": "表1 的名称、别名或 CAS 号；表1 没有的，只作称呼，另给 class"},
            "row": {"type": "integer", "description": "表1 行号 1–85"},
            "class": {"oneOf": [symbols, {"type": "array", "items": symbols}], "description": "表2 危险类别；有多种危险性时给出列表，取最低临界量（4.1.2）"},
            "quantity_t": {"type": "number", "minimum": 0, "description": "设计最大量，t（4.2.2）"},
            "beta_class": symbols | {"description": "表3 没有的，按此符号查表4 的 β；只按 class 计的可不填"},
            "mixture": {"type": "boolean", "default": False, "description": "是混合物（4.2.3）：与 class 同给时按新类别取临界量"},
        },
    }
    line = {"type": "object", "properties": {"text": {"type": "string", "description": "一步计算"}, "source": {"type": "string", "description": "依据的条款、表"}, "to_verify": {"type": "boolean", "description": "不是标准原文，待核实"}}}
    number = {"type": ["number", "null"]}
    answer = {
        "type": "object",
        "required": ["S", "R", "level", "working"],
        "properties": {
            "S": {"type": "number", "description": "Σ qᵢ/Qᵢ"},
            "R": number | {"description": "α Σ βᵢqᵢ/Qᵢ；S < 1 时为 null"},
            "level": {"type": ["string", "null"], "enum": [*(one.word for one in table6()), None]},
            "working": {"type": "array", "items": line},
        },
    }
    asked = {
        "type": "object",
        "required": ["people", "substances"],
        "properties": {
            "people": {"type": "integer", "minimum": 0, "description": "厂区边界外 500 m 范围内常住人口"},
            "substances": {"type": "array", "minItems": 1, "maxItems": MOST_SUBSTANCES, "items": substance},
        },
    }
    refused = {"type": "object", "properties": {"error": {"type": "string"}, "fields": {"type": "object", "description": "字段到说明，如 substances[0].beta_class"}}}
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        "summary": "重大危险源辨识与分级",
        "description": f"依据 {version()}。不保存结果。",
        "requestBody": {"required": True, "content": {"application/json": {"schema": asked}}},
        "responses": {
            "200": {"description": "结果和计算过程", "content": {"application/json": {"schema": answer}}},
            "401": {"description": "没有登录或令牌无效", "content": error},
            "403": {"description": "没有权限", "content": error},
            "422": {"description": "内容不正确：哪个字段、应选什么", "content": {"application/json": {"schema": refused}}},
        },
    }
