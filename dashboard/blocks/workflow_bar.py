"""What one may do with a case: the form of the step at hand, the forms behind further buttons, and the bar with the opinion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.attachments import attachment_box
from dashboard.blocks.basic import facts, icon, notice, section
from dashboard.blocks.checks import checks
from dashboard.blocks.record_form import Draft, field_of, texts_of
from dashboard.blocks.record_history import change_words
from dashboard.resource import Resource
from dashboard.resource_parts import FormField
from data.attachments import slot_of
from data.choices import Choice
from data.columns import attribute, label_of, referred
from data.models import WorkflowCase
from data.values import FormReader
from data.viewer import Viewer
from data.workflow.offers import Offer

ACTION, OPINION, TARGET, PEOPLE, ANSWER = "action", "opinion", "target", "people", "answer"
ICONS = {"pass": "check-lg", "return": "arrow-return-left", "transfer": "person-check", "ask": "people", "copy": "send", "urge": "bell", "withdraw": "arrow-counterclockwise", "branch": "signpost-split", "note": "pencil"}
ANSWERS = (Choice("agree", "同意"), Choice("refuse", "不同意"))
LEADING = ("sign", "pass", "branch")  # what leads on; one of them is the primary button
DIRECT = ("pass", "branch", "return", "withdraw", "urge", "note")  # taken from the bar itself when they ask for nothing more


def is_direct(offer: Offer) -> bool:
    """Whether the button takes the step at once, with the opinion of the bar."""
    asks = bool(offer.step and (offer.step.fields or _slots(offer)))
    return offer.kind in DIRECT and not asks and len(offer.choices) <= 1


def at_hand(offers: Sequence[Offer]) -> Offer | None:
    """The step whose form is open from the beginning: the one that leads on, when it asks for something."""
    leading = next((one for one in offers if one.kind in ("sign", "pass") and not one.why_not), None)
    return leading if leading is not None and not is_direct(leading) else None


def panels(session: Session, viewer: Viewer, resource: Resource, case: WorkflowCase, record: Any, offers: Sequence[Offer], draft: Draft | None) -> list[Component]:
    """A form for each offer that asks for something; all but the one at hand, or the one that was refused, are folded away."""
    refused = str(draft.get(ACTION) or "") if draft else ""
    first = at_hand(offers)
    opened = refused if any(one.key == refused and not is_direct(one) for one in offers) else first.key if first else ""
    forms = [
        _panel(session, viewer, resource, case, record, one, draft if draft and one.key == refused else None, is_open=one.key == opened, can_fold=one is not first)
        for one in offers
        if not is_direct(one) and not one.why_not
    ]
    return [*(_kept(session, viewer, resource, draft, offers) if draft and not any(one.key == refused and not one.why_not for one in offers) else []), *forms]


def _kept(session: Session, viewer: Viewer, resource: Resource, draft: Draft, offers: Sequence[Offer]) -> list[Component]:
    """What was typed for a step that somebody else took meanwhile: to be read and copied, since no form is there for it any more."""
    pairs = [(label_of(resource.model, one.name), _typed_words(session, viewer, resource, one.name, draft[one.name])) for one in resource.form_fields() if draft.get(one.name)]
    if draft.get(OPINION) and not any(is_direct(one) for one in offers):  # else the bar has it
        pairs.append(("意见", draft[OPINION]))
    if not pairs:
        return []
    return [html.Section([notice("这一步没有办理，您填写的内容保留在此，可以复制。", "warn"), facts(pairs, columns=1)], className="panel case-panel case-kept")]


def _typed_words(session: Session, viewer: Viewer, resource: Resource, name: str, text: str) -> str:
    """A typed text as one reads it: a chosen record by its name, if the viewer sees it."""
    if referred(resource.model, name) is None:
        return change_words(session, resource.model, name, text)
    try:
        return change_words(session, resource.model, name, FormReader(session, viewer, resource.model).read(name, text))
    except ValueError:
        return text


def bar(resource: Resource, case: WorkflowCase, record: Any, offers: Sequence[Offer], draft: Draft | None) -> Component | None:
    """The bar below: the opinion, its phrases, and the buttons. None for who can do nothing."""
    if not offers:
        return None
    first = at_hand(offers)
    refused = draft if draft and not any(one.key == draft.get(ACTION) and not is_direct(one) for one in offers) else None
    takes_opinion = any(is_direct(one) for one in offers)
    phrases = list(dict.fromkeys(phrase for one in offers if one.step and is_direct(one) for phrase in one.step.phrases))
    mistake = refused.mistakes.get(OPINION, "") if refused else ""
    opinion = [
        html.Label("意见", htmlFor="case-opinion"),
        html.Div(
            [
                dcc.Input(id="case-opinion", name=OPINION, value=str((refused or {}).get(OPINION) or ""), className=f"input{' wrong' if mistake else ''}", placeholder="退回、催办须写明原因" if any(one.kind == "return" for one in offers) else "可填写意见", maxLength=1000),
                html.Div([icon("exclamation-circle-fill"), mistake], className="mistake") if mistake else None,
            ],
            className="case-opinion",
        ),
        html.Span([html.Button(one, type="button", className="chip", **{"data-phrase": one}) for one in phrases[:3]], className="case-phrases"),
    ]
    if not takes_opinion and len(offers) == 1 and first is not None:
        return None
    buttons = [_button(one, is_first=first is None and number == 0 and one.kind in LEADING) for number, one in enumerate(offers) if one is not first]
    return html.Form([*(opinion if takes_opinion else []), html.Div(buttons, className="case-buttons end row-line")], className="action-bar case-bar", noValidate=True, **_marks(resource, case, record, "act"))


def _marks(resource: Resource, case: WorkflowCase, record: Any, do: str) -> dict[str, str]:
    return {"data-record-form": f"{resource.key}.{do}", "data-id": str(record.id), "data-do": "edit" if do != "act" else do, "data-version": str(case.version)}


def _button(offer: Offer, *, is_first: bool) -> Component:
    look = "button primary" if is_first else "button red" if offer.kind == "return" or (offer.step and offer.step.is_dangerous) else "button"
    label = [icon(ICONS.get(offer.kind, "check2")), offer.label]
    if offer.why_not:
        return html.Button(label, type="button", className=look, disabled=True, title=offer.why_not)
    if is_direct(offer):
        return html.Button(label, type="submit", className=look, name=ACTION, value=offer.key)
    return html.Button(label, type="button", className=look, **{"data-case-open": offer.key, "aria-expanded": "false"})


def _panel(session: Session, viewer: Viewer, resource: Resource, case: WorkflowCase, record: Any, offer: Offer, draft: Draft | None, *, is_open: bool, can_fold: bool) -> Component:
    mistakes = draft.mistakes if draft else {}
    texts = texts_of(session, resource, record, draft) | {name: str((draft or {}).get(name) or "") for name in (OPINION, TARGET, PEOPLE, ANSWER)}
    parts: list[Any] = [field_of(session, viewer, resource, one, texts, mistakes, required=bool(one.is_required), within=offer.key) for one in _fields(resource, offer)]
    boxes = [_box(session, viewer, resource, record, code, mistakes) for code in _slots(offer)]
    summary = notice(f"有 {len(mistakes)} 处需要修改后才能办理。", "danger") if mistakes else None
    go = html.Button([icon(ICONS.get(offer.kind, "check2")), offer.label], type="submit", className="button danger" if offer.step and offer.step.is_dangerous else "button primary")
    fold = html.Button("取消", type="button", className="button", **{"data-case-close": offer.key}) if can_fold else None
    marks = _marks(resource, case, record, offer.key) | {"data-case-panel": offer.key, "data-refused": "1" if draft else ""}
    return html.Form(
        [
            section(offer.label),
            summary,
            dcc.Input(type="hidden", name=ACTION, value=offer.key),
            html.Div(parts, className="form"),
            *boxes,
            html.Div([go, fold, html.Span(className="cap draft-note")], className="row-line"),
        ],
        className="panel case-panel",
        hidden=not is_open,
        noValidate=True,
        **marks,
    )


def _fields(resource: Resource, offer: Offer) -> list[FormField]:
    """The inputs of an offer: the columns that its step fills in, the choices of the verb, the opinion."""
    if offer.kind == "return":
        return [_choice(TARGET, "退回到", offer.choices), _opinion("退回原因", required=True)]
    if offer.kind == "transfer":
        return [_choice(PEOPLE, "转办给", offer.choices), _opinion("说明")]
    if offer.kind in ("ask", "copy"):
        return [FormField(PEOPLE, f"{offer.label}给", is_required=True, is_long=True, draw=lambda session, viewer, text: _ticks(offer, text)), _opinion("说明")]
    if offer.kind == "sign":
        return [_choice(ANSWER, "会签结果", ANSWERS), _opinion("意见", help_text="不同意须写明原因")]
    step = offer.step
    if step is None:
        return [_opinion("意见")]
    named = [FormField(name, is_required=name in step.required, is_long=attribute(resource.model, name).info.get("kind") == "long") for name in step.fields]
    return [*named, *([_opinion("意见", required=step.needs_opinion)] if step.says_opinion else [])]


def _choice(name: str, label: str, choices: Sequence[Choice]) -> FormField:
    return FormField(name, label, options=lambda session, viewer: choices, is_required=True)


def _opinion(label: str, *, required: bool = False, help_text: str = "") -> FormField:
    return FormField(OPINION, label, is_required=required, is_long=True, help=help_text)


def _ticks(offer: Offer, text: str) -> Component:
    return html.Div(checks(PEOPLE, [("", offer.choices)], text.split(",")), className="case-people", id=f"{offer.key}-field-{PEOPLE}")


def _slots(offer: Offer) -> list[str]:
    """The places of attachments that the step wants filled."""
    return [name.removeprefix("file:") for name in offer.step.required if name.startswith("file:")] if offer.step else []


def _box(session: Session, viewer: Viewer, resource: Resource, record: Any, code: str, mistakes: Mapping[str, str]) -> Component:
    mistake = mistakes.get(f"file:{code}", "")
    box = attachment_box(session, viewer, record, slot_of(resource.model, code)._replace(required=True), resource=resource, is_wrong=bool(mistake))
    return html.Div([box, html.Div([icon("exclamation-circle-fill"), mistake], className="mistake") if mistake else None], className="case-files")
