"""What was told on its way out: an e-mail as a page with its picture inside, markdown for the robots of 企业微信 and 钉钉.

Written when it is sent, each time anew: a letter that waited for its server is not sent with rights that are gone since. A group's
members see differently far, so the robot gets numbers and no records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from data import db
from data.channels import Letter, NotSent, writer
from data.colours import tokens
from data.errors import PlatformError
from data.models import Delivery, SubscriptionDelivery
from data.settings import Settings, current_settings
from data.subscriptions.keeping import GROUP, PATH, when_words
from data.subscriptions.telling import number_words, recall
from data.viewers import viewer_of

CHART = "chart"  # content id of the picture
IN_LETTER, IN_GROUP, IN_TABLE = 12, 8, 7
_MARKS = str.maketrans({sign: full for sign, full in zip("[]()<>*`#_~|\\!", "［］（）＜＞＊｀＃＿～｜＼！", strict=True)})


@writer
def letter_of(one: Delivery) -> Letter:
    """The letter of a delivery. NotSent for good when its owner may not be told any more."""
    with db.read_session() as session:
        sent = session.get(SubscriptionDelivery, one.subscription_delivery_id)
        if sent is None:
            raise NotSent("推送的内容已清除，没有发送。", is_final=True)
        standing = viewer_of(session, sent.user_id)
        if standing is None:
            raise NotSent("订阅人的账号已停用或删除，没有发送。", is_final=True)
        try:
            if one.channel == "webhook":
                standing.viewer.require(GROUP)
            told = recall(session, standing.viewer, sent)
        except PlatformError as error:
            raise NotSent(f"没有发送：{error}", is_final=True) from error
        words = {"title": sent.subscription.title, "when": when_words(sent.subscription, told["unit"]), "at": _local(sent.at), "id": str(sent.subscription_id)}
    settings = current_settings()
    if one.channel == "webhook":
        return Letter(text=one.body, markdown=markdown(settings, told, words))
    picture = chart(told, words["title"])
    return Letter(text=plain(settings, told, words), html=page(settings, told, words, has_chart=picture is not None), pictures={CHART: picture} if picture else {})


def _local(at: datetime) -> str:
    return f"{at.astimezone(ZoneInfo(current_settings().time_zone)):%Y-%m-%d %H:%M}"


def _link(settings: Settings, href: str) -> str:
    return f"{settings.public_url.rstrip('/')}{href}" if settings.public_url and href.startswith("/") else ""


def _number(told: Mapping[str, Any], value: float | None) -> str:
    return number_words(value, told["decimals"])


def chart(told: Mapping[str, Any], title: str) -> bytes | None:
    """The picture of the parts or days; None where a table says it better."""
    from data import pictures

    rows = told["rows"]
    if told["shape"] == "days":
        return pictures.lines("", [row["label"] for row in rows], {told["label"]: [row["value"] for row in rows]}, told["unit"])
    if told["shape"] == "figures":
        return _trends(told)
    if told["shape"] != "bars" or not any(row["value"] for row in rows):
        return None
    most = sorted(rows, key=lambda row: -(row["value"] or 0))[:IN_LETTER] if len(rows) > IN_LETTER else rows
    return pictures.bars("", [row["label"] for row in most], [None if row["value"] is None else round(row["value"], told["decimals"] or 0) for row in most], told["unit"])


def _trends(told: Mapping[str, Any]) -> bytes | None:
    """Some figures of a board over its days or months; they have one unit."""
    from data import pictures

    series: dict[str, list[float | None]] = {}
    for row in told["rows"]:
        series.setdefault(row["detail"], []).append(row["value"])
    unit = next((one["detail"] for one in told["figures"] if one["label"] in series), "")
    return pictures.lines("", list(dict.fromkeys(row["label"] for row in told["rows"])), series, unit) if series else None


# ---- Plain text and markdown -------------------------------------------------------------------------------------------


def plain(settings: Settings, told: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """The same for a reader that shows no pages."""
    lines = [words["title"], f"{told['label']}：{number_words(told['value'], told['decimals'], told['unit'])}，{told['change']}", _about(told, words), ""]
    lines += [f"{row['label']}：{number_words(row['value'], told['decimals'], told['unit'])}{_from(told, row)}" for row in told["rows"][:IN_LETTER] if told["shape"] == "bars"]
    lines += [f"{row['label']}：{number_words(row['value'], 0, row['detail'])}{_from(told, row)}" for row in told["figures"] if told["shape"] == "figures"]
    for name, heading in (("new", _new_heading(told)), ("gone", "不再列出")):
        lines += [heading, *(f"- {row['label']} {row['detail']}".rstrip() for row in told[name])] if told[name] else []
    return "\n".join([*lines, "", _link(settings, told["href"])]).strip()


def markdown(settings: Settings, told: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """Numbers and what changed, in the signs that both robots know."""
    lines = [f"### {_marked(words['title'])}", f"**{number_words(told['value'], told['decimals'], told['unit'])}**　{_marked(told['label'])}，{told['change']}"]
    if told["shape"] == "bars":
        rows = [row for row in told["rows"] if row["before"] is not None and row["before"] != row["value"]] or [row for row in told["rows"] if row["value"]]
        lines += [f"> {_marked(row['label'])}：{number_words(row['value'], told['decimals'], told['unit'])}{_from(told, row)}" for row in rows[:IN_GROUP]]
    if told["shape"] == "figures":
        lines += [f"> {_marked(row['label'])}：{number_words(row['value'], 0, row['detail'])}{_from(told, row)}" for row in told["figures"]]
    lines.append(_marked(_about(told, words)))
    link = _link(settings, told["href"])
    lines += [f"[打开页面查看]({link.translate({ord('('): '%28', ord(')'): '%29'})})"] if link else ["明细请登录平台查看。"]
    return "\n\n".join(lines)


def _marked(text: str) -> str:
    """A text that people typed, without signs that would make a link or a heading of it."""
    return " ".join(text.split()).translate(_MARKS)


def _from(told: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    return f"（上次 {_number(told, row['before'])}）" if row["before"] is not None and row["before"] != row["value"] else ""


def _about(told: Mapping[str, Any], words: Mapping[str, str]) -> str:
    conditions = f"条件：{told['conditions']}；" if told["conditions"] else ""
    return f"{conditions}数据范围：{told['scope']}；截至 {words['at']}"


def _new_heading(told: Mapping[str, Any]) -> str:
    return f"新出现 {told['new_count']:,} 条" if told["compared"] else "现有记录"


# ---- The page ----------------------------------------------------------------------------------------------------------
# Tables and styles at each element: what readers of mail understand.


def page(settings: Settings, told: Mapping[str, Any], words: Mapping[str, str], *, has_chart: bool) -> str:
    """The e-mail as HTML; the picture is inside the letter, nothing is fetched from anywhere."""
    paint = tokens("light")
    head = _cell(
        f'<span style="font-size:13px;color:{paint["bar-text"]}">{escape(settings.park_name)}{escape(settings.platform_name)}</span><br>'
        f'<span style="font-size:18px;line-height:28px;font-weight:600;color:#FFFFFF">{escape(words["title"])}</span>',
        f"background:{paint['bar']};padding:16px 24px",
    )
    tone = paint["text"] if not told["delta"] else paint["primary"]
    figure = _cell(
        f'<span style="font-size:32px;line-height:40px;font-weight:600;color:{paint["text"]}">{_number(told, told["value"])}</span>'
        f' <span style="font-size:14px;color:{paint["muted"]}">{escape(told["unit"])}　{escape(told["label"])}</span><br>'
        f'<span style="font-size:15px;line-height:24px;color:{tone}">{escape(told["change"])}</span><br>'
        f'<span style="font-size:13px;line-height:20px;color:{paint["muted"]}">{escape(_about(told, words))}</span>',
        "padding:20px 24px 12px",
    )
    picture = [_cell(f'<img src="cid:{CHART}" width="592" alt="{escape(words["title"])}，数据见下表" style="display:block;width:100%;max-width:592px;height:auto;border:0">', "padding:4px 24px 12px")] if has_chart else []
    foot = _cell(
        f'<span style="font-size:12px;line-height:20px;color:{paint["muted"]}">您订阅了这项内容（{escape(words["when"])}），由平台自动发送，请勿回复。{_manage(settings, words, paint)}</span>',
        f"padding:12px 24px 16px;border-top:1px solid {paint['line']}",
    )
    body = "".join([head, figure, *picture, *_tables(settings, told, paint), *_button(settings, told, paint), foot])
    box = f'<table role="presentation" width="640" cellpadding="0" cellspacing="0" style="width:100%;max-width:640px;border-collapse:collapse;background:#FFFFFF;border:1px solid {paint["line"]}">{body}</table>'
    fonts = "'Microsoft YaHei','PingFang SC','Noto Sans CJK SC',sans-serif"
    return (
        '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(words['title'])}</title></head>"
        f'<body style="margin:0;padding:16px 8px;background:{paint["bg"]};font-family:{fonts};color:{paint["text"]}">'
        f'<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">{box}</td></tr></table></body></html>'
    )


def _cell(inside: str, style: str) -> str:
    return f'<tr><td style="{style}">{inside}</td></tr>'


def _manage(settings: Settings, words: Mapping[str, str], paint: Mapping[str, str]) -> str:
    link = _link(settings, f"{PATH}?open={words['id']}")
    return f' <a href="{escape(link)}" style="color:{paint["primary"]}">修改或暂停订阅</a>' if link else "修改或暂停：个人中心“系统订阅”。"


def _button(settings: Settings, told: Mapping[str, Any], paint: Mapping[str, str]) -> list[str]:
    link = _link(settings, told["href"])
    if not link:
        return []
    look = f"display:inline-block;padding:8px 20px;background:{paint['primary']};color:#FFFFFF;text-decoration:none;border-radius:6px;font-size:14px"
    return [_cell(f'<a href="{escape(link)}" style="{look}">打开页面查看</a>', "padding:8px 24px 20px")]


def _tables(settings: Settings, told: Mapping[str, Any], paint: Mapping[str, str]) -> list[str]:
    parts = []
    numbers = [*told["figures"], *(told["rows"] if told["shape"] == "bars" else ())]
    if numbers:
        parts.append(_cell(_table(("项目", "上次", "本次", "变化"), [_line(settings, told, row, paint) for row in numbers], paint), "padding:0 24px 12px"))
    if told["shape"] == "days":
        days = [[escape(row["label"]), number_words(row["value"], 0, told["unit"])] for row in told["rows"][-IN_TABLE:]]
        parts.append(_cell(_table(("日期", told["label"].partition("（")[0]), days, paint), "padding:0 24px 12px"))
    for name, heading in (("new", _new_heading(told)), ("gone", f"不再列出 {told['gone_count']:,} 条")):
        if told[name]:
            rows = [[_linked(_link(settings, row["href"]) if name == "new" else "", row["label"], paint), escape(row["detail"])] for row in told[name]]
            total = told[f"{name}_count"] if told["compared"] else told["value"] or 0
            more = f'<div style="font-size:12px;line-height:24px;color:{paint["muted"]}">以上为前 {len(rows)} 条</div>' if total > len(rows) else ""
            title = f'<div style="font-size:14px;line-height:28px;font-weight:600">{escape(heading)}</div>'
            parts.append(_cell(title + _table((), rows, paint) + more, "padding:0 24px 12px"))
    return parts


def _line(settings: Settings, told: Mapping[str, Any], row: Mapping[str, Any], paint: Mapping[str, str]) -> list[str]:
    is_figure = row in told["figures"]
    decimals = 0 if is_figure and float(row["value"] or 0).is_integer() else max(told["decimals"], 1) if is_figure else told["decimals"]
    unit = row["detail"] if is_figure else told["unit"]
    changed = None if row["before"] is None or row["value"] is None else round(row["value"] - row["before"], decimals)
    words = "" if changed is None else f"{changed:+,.{decimals}f}" if changed else "0"
    return [_linked(_link(settings, row["href"]), row["label"], paint), number_words(row["before"], decimals), number_words(row["value"], decimals, unit), words]


def _linked(link: str, text: str, paint: Mapping[str, str]) -> str:
    return f'<a href="{escape(link)}" style="color:{paint["primary"]};text-decoration:none">{escape(text)}</a>' if link else escape(text)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]], paint: Mapping[str, str]) -> str:
    line = f"border-bottom:1px solid {paint['line']};padding:7px 8px;font-size:13px;line-height:18px"

    def row(cells: Iterable[str], tag: str, more: str = "") -> str:
        shown = [f'<{tag} style="{line};text-align:{"left" if not place or not heads else "right"};{"width:46%;" if not place else ""}font-weight:{600 if tag == "th" else 400}{more}">{cell}</{tag}>' for place, cell in enumerate(cells)]
        return f"<tr>{''.join(shown)}</tr>"

    head = row(heads, "th", f";color:{paint['muted']};background:{paint['head']}") if heads else ""
    return f'<table width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse">{head}{"".join(row(cells, "td") for cells in rows)}</table>'
