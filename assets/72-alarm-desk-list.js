/* 报警中心, the middle: the head with its filters, the rows, what is ticked, what the filter hides. */
(function () {
  "use strict";
  const park = window.park;
  const A = park.alarms;
  const D = (A.desk = A.desk || {});
  const { part, put, attribute, button, glyph } = A.dom;

  /* ---- Middle: the list ------------------------------------------------------------------------------------------- */

  function buildList(root) {
    D.at.title = part("h3", "");
    D.at.count = part("small", "muted");
    D.at.levels = part("div", "level-filter");
    attribute(D.at.levels, { role: "group", "aria-label": "级别" });
    for (const level of ["", "1", "2", "3", "4"]) {
      const face = level ? A.symbol({ level: Number(level), state: "acknowledged" }, 18) : "全部";
      const made = button("", face, () => D.go({ level: D.at.state.level === level ? "" : level }));
      D.at.levels.append(attribute(made, { "data-level": level, title: level ? `只看${A.LEVELS[level]}` : "全部级别" }));
    }
    D.at.spans = part("div", "level-filter spans");
    for (const [days, word] of Object.entries(D.SPANS)) {
      D.at.spans.append(attribute(button("", word, () => D.go({ days: Number(days) })), { "data-days": days }));
    }
    const search = attribute(part("input", "desk-search"), { type: "search", placeholder: "对象、企业、类型", "aria-label": "搜索报警", value: D.at.state.q });
    let typed = 0;
    const take = () => { clearTimeout(typed); D.go({ q: search.value }); };
    search.addEventListener("input", () => { clearTimeout(typed); typed = setTimeout(take, D.isHistory() ? 400 : 120); });
    search.addEventListener("change", take); // who types and leaves at once means what stands there
    D.at.search = search;
    D.at.batch = A.holds("acknowledge") ? button("button batch", "批量确认", confirmTicked) : null;
    const help = attribute(button("button keys-button", [glyph("keyboard"), "快捷键"], D.help), { title: "全部按键 (?)", "data-key": "help" });
    const head = part("div", "desk-head list-head", D.at.title, D.at.count, part("span", "grow"), D.at.levels, D.at.spans, search, D.at.batch, help);
    const names = ["", "级别", "持续 / 发生", "报警", "当前值 / 限值", "次数", "状态", "值班员 / 下一步"];
    const columns = attribute(part("div", "alarm-row columns", names.map((name) => part("span", "", name))), { "aria-hidden": "true" });
    D.at.note = part("div", "desk-note");
    D.at.pinned = attribute(part("div", "pinned"), { role: "grid", "aria-label": "未确认报警" });
    D.at.rest = attribute(part("div", "rest"), { role: "grid", "aria-label": "其余报警" });
    D.at.empty = part("div", "alarm-empty");
    D.at.pager = part("div", "desk-pager");
    root.replaceChildren(head, columns, D.at.note, D.at.pinned, D.at.rest, D.at.empty, D.at.pager);
  }

  /** What a row is drawn from anew; the value moves every few seconds and is written by itself. */
  const lookOf = (alarm) => JSON.stringify([{ ...alarm, value: 0, last: 0 }, A.pending.has(alarm.id), Boolean(park.live.past)]);

  function cell(className, ...children) { return attribute(part("div", className, ...children), { role: "gridcell" }); }

  function deskRow(first) {
    const node = attribute(part("div", "alarm-row"), { role: "row", "data-id": first.id });
    const tick = attribute(part("input", "row-tick"), { type: "checkbox" });
    const parts = { symbol: cell("c-symbol"), age: part("b", "age"), start: part("div", "second"), name: part("div", "row-title"), place: part("div", "row-place second"),
      value: part("b", "value"), limit: part("div", "second"), n: cell("c-n"), state: cell("c-state"), who: part("div", "who"), next: part("div", "second") };
    const tickCell = cell("c-tick", A.holds("acknowledge") ? tick : null);
    node.append(tickCell, parts.symbol, cell("c-age", parts.age, parts.start), cell("c-name", parts.name, parts.place),
      cell("c-value", parts.value, parts.limit), parts.n, parts.state, cell("c-who", parts.who, parts.next));
    let shown = first;
    let drawn = "";
    tick.addEventListener("click", (event) => event.stopPropagation());
    tick.addEventListener("change", () => { if (tick.checked) D.at.ticked.add(shown.id); else D.at.ticked.delete(shown.id); drawBatch(); });
    node.addEventListener("click", () => D.pick(shown.id));

    function count() {
      put(parts.age, A.age(shown));
      const [who, next] = D.nextText(shown);
      put(parts.who, A.pending.has(shown.id) ? "确认中…" : who);
      put(parts.next, next);
      parts.next.classList.toggle("late", Boolean(A.overdue(shown)));
      put(parts.value, A.valueText(shown, D.period(shown)));
      node.classList.toggle("silent", shown.state !== "closed" && shown.source_type === "point" && shown.kind !== "no_data" && !A.latest(shown, D.period(shown)));
    }

    function renew(next) {
      shown = next;
      const isPending = A.pending.has(next.id);
      const look = lookOf(next);
      if (look !== drawn) {
        drawn = look;
        node.className = `alarm-row l${next.level} ${next.state}${node.classList.contains("arrives") ? " arrives" : ""}${isPending ? " pending" : ""}`;
        parts.symbol.replaceChildren(A.symbol(next, 28));
        put(parts.start, A.clock(next.raised));
        // The kind is what matters: where there is no room, the name is cut.
        parts.name.replaceChildren(part("span", "cut", next.name), part("span", "row-kind", next.kind_word));
        parts.place.replaceChildren(...[part("span", "cut", next.place), A.groupMark(next), A.simulatedMark(next)].filter(Boolean));
        const again = next.n > 1 ? ` · ${next.n} 次` : "";
        parts.limit.replaceChildren(A.limitText(next), part("span", "n-inline", again));
        put(parts.n, `${next.n} 次`);
        parts.n.classList.toggle("muted", next.n === 1);
        parts.state.replaceChildren(A.chip(next));
        attribute(tick, { hidden: !A.isWaiting(next) || Boolean(park.live.past), "aria-label": `勾选 ${A.title(next)}` });
        attribute(node, { "aria-label": `${A.LEVELS[next.level]} ${A.title(next)} ${next.place} ${next.state_word}` });
      }
      tick.checked = D.at.ticked.has(next.id);
      const isPicked = D.at.state.id === next.id;
      node.classList.toggle("picked", isPicked);
      attribute(node, { "aria-selected": String(isPicked), tabindex: isPicked || (!D.at.state.id && D.shownRows()[0] === next) ? "0" : "-1" });
      count();
    }
    return { node, renew, tick: count };
  }

  function drawList(alarms) {
    const shown = D.shownRows();
    const { view } = D.at.state;
    const total = D.isHistory() ? (D.at.history ? `${D.at.history.total}${D.at.history.capped ? "+" : ""}` : "…") : shown.length;
    put(D.at.title, D.isHistory() ? `${D.VIEWS.closed.word} ${D.SPANS[D.at.state.days]}` : D.VIEWS[view].word);
    put(D.at.count, `${total} 条`);
    for (const made of D.at.levels.children) attribute(made, { "aria-pressed": String(made.dataset.level === D.at.state.level) });
    for (const made of D.at.spans.children) attribute(made, { "aria-pressed": String(Number(made.dataset.days) === D.at.state.days) });
    D.at.spans.hidden = !D.isHistory();
    if (D.at.batch) D.at.batch.hidden = D.isHistory() || Boolean(park.live.past);
    if (document.activeElement !== D.at.search && D.at.search.value !== D.at.state.q) D.at.search.value = D.at.state.q;
    // By the time at which they rise, not by whether they wait: all of them do.
    const isPinned = (alarm) => !D.isHistory() && view !== "rising" && A.isWaiting(alarm);
    A.rows(D.at.pinned, shown.filter(isPinned), deskRow);
    A.rows(D.at.rest, shown.filter((alarm) => !isPinned(alarm)), deskRow);
    drawNote(alarms, shown);
    drawEmpty(shown);
    drawPager();
    const standing = new Set(alarms.filter(A.isWaiting).map((alarm) => alarm.id));
    for (const id of D.at.ticked) if (!standing.has(id)) D.at.ticked.delete(id);
    drawBatch();
  }

  /** A filter must never hide that something waits. */
  function drawNote(alarms, shown) {
    const seen = new Set(shown.map((alarm) => alarm.id));
    const hidden = alarms.filter((alarm) => alarm.state === "unacknowledged" && !seen.has(alarm.id));
    D.at.note.hidden = !hidden.length;
    if (!hidden.length) return;
    const all = attribute(button("link", "显示全部有效", () => D.go({ view: "active", level: "", source: "", q: "" })), { "data-key": "all" });
    D.at.note.replaceChildren(glyph("exclamation-triangle-fill"), `另有 ${hidden.length} 条未确认报警不在当前筛选内`, all);
  }

  function drawEmpty(shown) {
    const isWaitingForServer = D.isHistory() ? !D.at.history : !A.isHeard();
    D.at.empty.hidden = shown.length > 0;
    if (shown.length) return;
    const { view, level, source, q } = D.at.state;
    const isNarrowed = level || source || q.trim();
    const words = isWaitingForServer ? "正在取数…" : isNarrowed ? "没有符合筛选条件的报警" : D.VIEWS[view].empty;
    const clear = !isWaitingForServer && isNarrowed ? button("button", "清空条件", () => D.go({ level: "", source: "", q: "" })) : null;
    D.at.empty.replaceChildren(...[part("p", "", words), clear].filter(Boolean));
  }

  function drawPager() {
    const found = D.isHistory() && D.at.history;
    const last = found ? Math.max(1, Math.ceil(found.total / found.size)) : 1;
    D.at.pager.hidden = last < 2;
    if (last < 2) return;
    const turn = (words, page) => attribute(button("button small", words, () => D.go({ page })), { disabled: page < 1 || page > last, "data-key": words });
    D.at.pager.replaceChildren(`第 ${found.page} / ${last} 页`, turn("上一页", found.page - 1), turn("下一页", found.page + 1));
  }

  function drawBatch() {
    if (!D.at.batch) return;
    const count = D.at.ticked.size;
    put(D.at.batch, count ? `批量确认(${count})` : "批量确认");
    attribute(D.at.batch, { disabled: !count, title: count ? null : "先勾选未确认的报警" });
  }

  function confirmTicked() {
    A.acknowledge([...D.at.ticked], "");
    D.at.ticked.clear();
    drawBatch();
  }

  Object.assign(D, { buildList, drawList, lookOf, confirmTicked });
})();
