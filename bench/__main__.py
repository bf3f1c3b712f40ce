"""``python -m bench [NAME …]``: measure, print a table, write var/bench.json."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

# name of the figure → module:function that returns one figure, or a list of figures measured together; with a * it takes the
# names that are wanted of it and yields their figures, so that what is dear to prepare is prepared once
FIGURES = {
    "jt808.decode": "bench.jt808:decode",
    "store.copy": "bench.store:copy",
    "store.insert": "bench.store:insert",
    "store.curve_24h": "bench.store:figures*",
    "store.curve_30d": "bench.store:figures*",
    "store.latest": "bench.store:figures*",
    "mqtt.durable": "bench.mqtt:durable",
    "mqtt.p99": "bench.mqtt:p99",
    "jt808.durable": "bench.gateway:durable",
    "jt808.connections": "bench.gateway:connections",
    "ingest.two_roles": "bench.two_roles:two_roles",
    "ingest.chaos": "bench.chaos:chaos",
    "rules.positions": "bench.rules:positions",
    "live.latency": "bench.live:latency",
    "live.fanout": "bench.live:fanout",
    "risk.recompute": "bench.risk:recompute",
    "risk.import": "bench.risk_import:risk_import",
    "live.frame": "bench.frame:frame",
    "live.soak": "bench.soak:soak",
    "wall.week": "bench.week:week",
    "dashboard.daily": "bench.leaders:measure*",
    "dashboard.monthly": "bench.leaders:measure*",
    "workflow.act": "bench.acting:act",
    "list.page": "bench.lists:figures*",
    "list.last_page": "bench.lists:figures*",
    "list.sort": "bench.lists:figures*",
    "list.filter": "bench.lists:figures*",
    "list.search": "bench.lists:figures*",
    "list.search_short": "bench.lists:figures*",
    "list.export": "bench.lists:figures*",
    "list.export_csv": "bench.lists:figures*",
    "dangers.page": "bench.lists:figures*",
    "dangers.last_page": "bench.lists:figures*",
    "dangers.sort": "bench.lists:figures*",
    "dangers.filter": "bench.lists:figures*",
    "dangers.search": "bench.lists:figures*",
    "dangers.export": "bench.lists:figures*",
}
# Last for minutes to an hour (BENCH_MINUTES, BENCH_NIGHT_S, BENCH_CHAOS_S): measured only when they are named.
LONG = ("live.soak", "wall.week", "ingest.chaos")


def measured(names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The figures of these names as they are found."""
    for target in dict.fromkeys(FIGURES[name] for name in names):
        module, _, function = target.rstrip("*").partition(":")
        measure: Callable[..., Any] = getattr(import_module(module), function)
        wanted = [name for name in names if FIGURES[name] == target]
        found = measure(wanted) if target.endswith("*") else measure()
        yield from [found] if isinstance(found, dict) else found


def main(names: list[str]) -> None:
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        sys.exit(f"no such figure: {', '.join(unknown)}; there are {', '.join(FIGURES)}")
    results: list[dict[str, Any]] = []
    print(f"{'figure':20} {'value':>12} {'unit':18} {'ratio':>7}  against")
    for figure in measured(names or [name for name in FIGURES if name not in LONG]):
        results.append(figure)
        print(
            f"{figure['name']:20} {figure['value']:>12,.6g} {figure['unit']:18} {figure['ratio']:>7.3g}  {figure['against_value']:,.6g} {figure['against']}",
            flush=True,
        )
    target = Path("var/bench.json")
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps({"results": results}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
