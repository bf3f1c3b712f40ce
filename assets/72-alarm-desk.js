/* 报警中心: views and filters at the left, the list in the middle, one alarm at the right (73-alarm-detail.js). */
(function () {
  "use strict";
  const park = window.park;
  const A = park.alarms;
  const { part, put, attribute, button, glyph } = A.dom;
  const byId = (id) => document.getElementById(id);

  const SOURCES = { tank: "储罐与装置", gas: "气体探测", vehicle: "危化品车辆", data: "网关与数据" };
  const VIEWS = {
    waiting: { word: "未确认", empty: "没有未确认的报警" },
    active: { word: "全部有效", empty: "当前没有有效报警" },
    mine: { word: "我在处置", empty: "没有您正在处置的报警" },
    recovered: { word: "已恢复未确认", empty: "没有等待确认的已恢复报警" },
    closed: { word: "已关闭", empty: "这段时间没有关闭的报警" },
  };
  const SPANS = { 1: "今日", 7: "近 7 天", 30: "近 30 天" };
  const MANAGEABLE = 12; // alarms an hour that one person can still answer: IEC 62682, EEMUA 191
  const WIDE = window.matchMedia("(min-width: 1100px)");

  let desk = null; // the page that is open: {root, facts, state, figures, history, picked, ticked}

  /* ---- Which alarms ----------------------------------------------------------------------------------------------- */

  function sourceOf(alarm) {
    if (alarm.source_type === "vehicle") return "vehicle";
    if (alarm.source_type !== "point" || alarm.kind === "no_data") return "data";
    return desk.gas.has(alarm.source_id) ? "gas" : "tank";
  }

  const inView = {
    waiting: (alarm) => alarm.state === "unacknowledged",
    active: () => true,
    mine: (alarm) => desk.figures.mine.includes(alarm.id) && alarm.state !== "closed",
    recovered: (alarm) => alarm.state === "recovered",
    closed: () => false,
  };

  function matches(alarm) {
    const { level, source, q } = desk.state;
    if (level && String(alarm.level) !== level) return false;
    if (source && sourceOf(alarm) !== source) return false;
    const words = q.trim().toLowerCase();
    return !words || `${alarm.code} ${alarm.name} ${alarm.place} ${alarm.kind_word}`.toLowerCase().includes(words);
  }

  const isHistory = () => desk.state.view === "closed";
  const period = (alarm) => desk.periods.get(alarm.source_id) || 60;
  const find = (id) => A.list().find((alarm) => alarm.id === id) || (desk.history ? desk.history.rows.find((alarm) => alarm.id === id) : undefined);

  /* ---- State in the address --------------------------------------------------------------------------------------- */

  const NARROWS = ["view", "level", "source", "q", "days"];

  function go(changes) {
    const isNarrowed = NARROWS.some((name) => name in changes && changes[name] !== desk.state[name]);
    const isTurned = isNarrowed || ("page" in changes && changes.page !== desk.state.page);
    Object.assign(desk.state, changes);
    if (isNarrowed) desk.state.page = 1;
    const { view, level, source, q, id, days } = desk.state;
    park.shell.state({ view: view === "active" ? "" : view, level, source, q, id: id || "", days: view === "closed" && days !== 1 ? days : "" });
    if (isTurned && isHistory()) askHistory();
    draw();
  }

  let asked = 0;
  const ask = (store, data) => window.dash_clientside.set_props(store, { data: { ...data, key: (asked += 1) } });

  function askHistory() {
    const { level, source, q, days, page } = desk.state;
    desk.history = null;
    ask("desk-ask-history", { level, source, q, days, page });
  }

  let figuresLater = 0;
  function askFigures(delay) {
    clearTimeout(figuresLater);
    figuresLater = setTimeout(() => desk && desk.root.isConnected && ask("desk-ask-figures", {}), delay);
  }

  /* ---- Left: views, sources, the day in bars ---------------------------------------------------------------------- */

  function viewButton(name) {
    const count = part("b", "view-count");
    const made = button(`view-button ${name}`, [part("span", "", VIEWS[name].word), count], () => go({ view: name, id: WIDE.matches ? desk.state.id : 0 }));
    return { made, count };
  }

  function buildViews(root) {
    desk.views = Object.fromEntries(Object.keys(VIEWS).map((name) => [name, viewButton(name)]));
    desk.sources = Object.fromEntries(Object.keys(SOURCES).map((name) => {
      const count = part("span", "view-count");
      const made = button("source-button", [part("span", "", SOURCES[name]), count], () => go({ source: desk.state.source === name ? "" : name }));
      return [name, { made, count }];
    }));
    desk.bars = part("div", "day-bars");
    desk.answering = part("p", "day-answering");
    desk.shares = part("p", "day-answering");
    const day = part("div", "day", part("div", "muted", "近 24 小时每小时报警数"), desk.bars,
      part("div", "day-axis", (desk.dayStart = part("span", "")), part("span", "", "现在")), desk.answering, desk.shares);
    const views = attribute(part("div", "view-list", Object.values(desk.views).map((view) => view.made)), { role: "group", "aria-label": "视图" });
    const sources = attribute(part("div", "source-list", Object.values(desk.sources).map((source) => source.made)), { role: "group", "aria-label": "来源" });
    root.replaceChildren(part("h3", "desk-head", "视图"), views, part("h3", "desk-head sources", "来源"), sources, day);
  }

  /** The class of the most urgent level among alarms: its colour, and none when there are none. */
  function dressWorst(node, alarms) {
    const worst = Math.min(...alarms.map((alarm) => alarm.level));
    for (const level of [1, 2, 3, 4]) node.classList.toggle(`l${level}`, level === worst);
  }

  function drawViews(alarms) {
    for (const [name, view] of Object.entries(desk.views)) {
      const count = name === "closed" ? desk.figures.closed : alarms.filter(inView[name]).length;
      put(view.count, String(count));
      view.made.classList.toggle("some", count > 0);
      if (name === "waiting") dressWorst(view.made, alarms.filter(inView.waiting));
      attribute(view.made, { "aria-pressed": String(desk.state.view === name), title: name === "closed" ? "今日关闭的报警数" : null });
    }
    for (const [name, source] of Object.entries(desk.sources)) {
      put(source.count, String(alarms.filter((alarm) => sourceOf(alarm) === name).length));
      attribute(source.made, { "aria-pressed": String(desk.state.source === name) });
    }
  }

  function drawFigures() {
    const { hours, mean_s: mean, answered } = desk.figures;
    const most = Math.max(MANAGEABLE, ...hours.map(([, count]) => count));
    const hour = (ms) => A.clock(ms).slice(-8, -3);
    desk.bars.replaceChildren(...hours.map(([start, count], place) => {
      const bar = part("i", count > MANAGEABLE ? "many" : place === hours.length - 1 ? "now" : "");
      bar.style.height = `${count ? Math.max(2, (100 * count) / most) : 0}%`;
      const words = `${hour(start)} 起一小时 ${count} 条` + (count > MANAGEABLE ? `，超过一人每小时可应对的 ${MANAGEABLE} 条` : "");
      return attribute(part("span", "", bar), { title: words });
    }));
    attribute(desk.bars, { role: "img", "aria-label": `近 24 小时共 ${hours.reduce((sum, [, count]) => sum + count, 0)} 条` });
    put(desk.dayStart, hour(hours[0][0]));
    const words = mean === null ? "—" : mean < 60 ? `${Math.round(mean)} 秒` : A.lapse(mean * 1000);
    desk.answering.replaceChildren("平均确认 ", part("b", "", words), part("span", "muted", mean === null ? "" : ` · ${answered} 条`));
    attribute(desk.answering, { title: "近 24 小时内发生并已确认的报警，从发生到首位人员确认的平均时间" });
    const share = ([some, all]) => (all ? `${Math.floor((1000 * some) / all) / 10} %` : "—");
    const link = attribute(part("a", "", "统计"), { href: "/alarms/statistics" });
    desk.shares.replaceChildren("在线率 ", part("b", "", share(desk.figures.online)), " · 处置率 ", part("b", "", share(desk.figures.handled)), " · ", link);
    const [live, points] = desk.figures.online;
    const [done, raised] = desk.figures.handled;
    attribute(desk.shares, { title: `在线率：${points} 个测点中 ${live} 个在三个上报周期内有数据。处置率：近 24 小时发生的 ${raised} 条报警中已关闭 ${done} 条。` });
  }

  /* ---- Middle: the list ------------------------------------------------------------------------------------------- */

  function buildList(root) {
    desk.title = part("h3", "");
    desk.count = part("small", "muted");
    desk.levels = part("div", "level-filter");
    attribute(desk.levels, { role: "group", "aria-label": "级别" });
    for (const level of ["", "1", "2", "3", "4"]) {
      const face = level ? A.symbol({ level: Number(level), state: "acknowledged" }, 18) : "全部";
      const made = button("", face, () => go({ level: desk.state.level === level ? "" : level }));
      desk.levels.append(attribute(made, { "data-level": level, title: level ? `只看${A.LEVELS[level]}` : "全部级别" }));
    }
    desk.spans = part("div", "level-filter spans");
    for (const [days, word] of Object.entries(SPANS)) {
      desk.spans.append(attribute(button("", word, () => go({ days: Number(days) })), { "data-days": days }));
    }
    const search = attribute(part("input", "desk-search"), { type: "search", placeholder: "对象、企业、类型", "aria-label": "搜索报警", value: desk.state.q });
    let typed = 0;
    search.addEventListener("input", () => {
      clearTimeout(typed);
      typed = setTimeout(() => go({ q: search.value }), isHistory() ? 400 : 120);
    });
    desk.search = search;
    desk.batch = A.holds("acknowledge") ? button("button batch", "批量确认", confirmTicked) : null;
    const head = part("div", "desk-head list-head", desk.title, desk.count, part("span", "grow"), desk.levels, desk.spans, search, desk.batch);
    const names = ["", "级别", "持续 / 发生", "报警", "当前值 / 限值", "次数", "状态", "值班员 / 下一步"];
    const columns = attribute(part("div", "alarm-row columns", names.map((name) => part("span", "", name))), { "aria-hidden": "true" });
    desk.note = part("div", "desk-note");
    desk.pinned = attribute(part("div", "pinned"), { role: "grid", "aria-label": "未确认报警" });
    desk.rest = attribute(part("div", "rest"), { role: "grid", "aria-label": "其余报警" });
    desk.empty = part("div", "alarm-empty");
    desk.pager = part("div", "desk-pager");
    root.replaceChildren(head, columns, desk.note, desk.pinned, desk.rest, desk.empty, desk.pager);
  }

  /** What a row is drawn from anew; the value moves every few seconds and is written by itself. */
  const lookOf = (alarm) => JSON.stringify([{ ...alarm, value: 0, last: 0 }, A.pending.has(alarm.id), Boolean(park.live.past)]);

  function cell(className, ...children) { return attribute(part("div", className, ...children), { role: "gridcell" }); }

  function deskRow(first) {
    const node = attribute(part("div", "alarm-row"), { role: "row", "data-id": first.id, tabindex: "-1" });
    const tick = attribute(part("input", "row-tick"), { type: "checkbox" });
    const parts = { symbol: cell("c-symbol"), age: part("b", "age"), start: part("div", "second"), name: part("div", "row-title"), place: part("div", "row-place second"),
      value: part("b", "value"), limit: part("div", "second"), n: cell("c-n"), state: cell("c-state"), who: part("div", "who"), next: part("div", "second") };
    const tickCell = cell("c-tick", A.holds("acknowledge") ? tick : null);
    node.append(tickCell, parts.symbol, cell("c-age", parts.age, parts.start), cell("c-name", parts.name, parts.place),
      cell("c-value", parts.value, parts.limit), parts.n, parts.state, cell("c-who", parts.who, parts.next));
    let shown = first;
    let drawn = "";
    tick.addEventListener("click", (event) => event.stopPropagation());
    tick.addEventListener("change", () => { if (tick.checked) desk.ticked.add(shown.id); else desk.ticked.delete(shown.id); drawBatch(); });
    node.addEventListener("click", () => pick(shown.id));

    function count() {
      put(parts.age, A.age(shown));
      put(parts.next, A.whoText(shown)[1]);
      parts.next.classList.toggle("late", Boolean(A.overdue(shown)));
      put(parts.value, A.valueText(shown, period(shown)));
      node.classList.toggle("silent", shown.state !== "closed" && shown.source_type === "point" && shown.kind !== "no_data" && !A.latest(shown, period(shown)));
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
        put(parts.who, isPending ? "确认中…" : A.whoText(next)[0]);
        attribute(tick, { hidden: !A.isWaiting(next) || Boolean(park.live.past), "aria-label": `勾选 ${A.title(next)}` });
        attribute(node, { "aria-label": `${A.LEVELS[next.level]} ${A.title(next)} ${next.place} ${next.state_word}` });
      }
      tick.checked = desk.ticked.has(next.id);
      const isPicked = desk.state.id === next.id;
      node.classList.toggle("picked", isPicked);
      attribute(node, { "aria-selected": String(isPicked) });
      count();
    }
    return { node, renew, tick: count };
  }

  /** The rows that stand in the list now, top to bottom. */
  function shownRows() {
    if (isHistory()) return desk.history ? desk.history.rows : [];
    return A.list().filter((alarm) => inView[desk.state.view](alarm) && matches(alarm));
  }

  function drawList(alarms) {
    const shown = shownRows();
    const { view } = desk.state;
    const total = isHistory() ? (desk.history ? `${desk.history.total}${desk.history.capped ? "+" : ""}` : "…") : shown.length;
    put(desk.title, isHistory() ? `${VIEWS.closed.word} ${SPANS[desk.state.days]}` : VIEWS[view].word);
    put(desk.count, `${total} 条`);
    for (const made of desk.levels.children) attribute(made, { "aria-pressed": String(made.dataset.level === desk.state.level) });
    for (const made of desk.spans.children) attribute(made, { "aria-pressed": String(Number(made.dataset.days) === desk.state.days) });
    desk.spans.hidden = !isHistory();
    if (desk.batch) desk.batch.hidden = isHistory() || Boolean(park.live.past);
    if (document.activeElement !== desk.search && desk.search.value !== desk.state.q) desk.search.value = desk.state.q;
    A.rows(desk.pinned, isHistory() ? [] : shown.filter(A.isWaiting), deskRow);
    A.rows(desk.rest, isHistory() ? shown : shown.filter((alarm) => !A.isWaiting(alarm)), deskRow);
    drawNote(alarms, shown);
    drawEmpty(shown);
    drawPager();
    const standing = new Set(alarms.filter(A.isWaiting).map((alarm) => alarm.id));
    for (const id of desk.ticked) if (!standing.has(id)) desk.ticked.delete(id);
    drawBatch();
  }

  /** A filter must never hide that something waits. */
  function drawNote(alarms, shown) {
    const seen = new Set(shown.map((alarm) => alarm.id));
    const hidden = alarms.filter((alarm) => alarm.state === "unacknowledged" && !seen.has(alarm.id));
    desk.note.hidden = !hidden.length;
    if (!hidden.length) return;
    const all = button("link", "显示全部有效", () => go({ view: "active", level: "", source: "", q: "" }));
    desk.note.replaceChildren(glyph("exclamation-triangle-fill"), `另有 ${hidden.length} 条未确认报警不在当前筛选内`, all);
  }

  function drawEmpty(shown) {
    const isWaitingForServer = isHistory() ? !desk.history : !A.isHeard();
    desk.empty.hidden = shown.length > 0;
    if (shown.length) return;
    const { view, level, source, q } = desk.state;
    const isNarrowed = level || source || q.trim();
    const words = isWaitingForServer ? "正在取数…" : isNarrowed ? "没有符合筛选条件的报警" : VIEWS[view].empty;
    const clear = !isWaitingForServer && isNarrowed ? button("button", "清空条件", () => go({ level: "", source: "", q: "" })) : null;
    desk.empty.replaceChildren(...[part("p", "", words), clear].filter(Boolean));
  }

  function drawPager() {
    const found = isHistory() && desk.history;
    const last = found ? Math.max(1, Math.ceil(found.total / found.size)) : 1;
    desk.pager.hidden = last < 2;
    if (last < 2) return;
    const turn = (words, page) => attribute(button("button small", words, () => go({ page })), { disabled: page < 1 || page > last });
    desk.pager.replaceChildren(`第 ${found.page} / ${last} 页`, turn("上一页", found.page - 1), turn("下一页", found.page + 1));
  }

  function drawBatch() {
    if (!desk.batch) return;
    const count = desk.ticked.size;
    put(desk.batch, count ? `批量确认(${count})` : "批量确认");
    attribute(desk.batch, { disabled: !count, title: count ? null : "先勾选未确认的报警" });
  }

  function confirmTicked() {
    A.acknowledge([...desk.ticked], "");
    desk.ticked.clear();
    drawBatch();
  }

  /* ---- Phone: the first thing that waits ---------------------------------------------------------------------------- */

  function drawHero(alarms) {
    const first = isHistory() ? undefined : alarms.find((alarm) => alarm.state === "unacknowledged" && alarm.level <= 2);
    desk.hero.hidden = !first;
    for (const row of desk.root.querySelectorAll(".alarm-row.in-hero")) row.classList.remove("in-hero");
    if (!first) return;
    const row = desk.root.querySelector(`.alarm-row[data-id="${first.id}"]`);
    if (row) row.classList.add("in-hero");
    const look = lookOf(first);
    if (look !== desk.heroLook) {
      desk.heroLook = look;
      desk.hero.className = `hero l${first.level}`;
      desk.heroAge = part("b", "hero-age");
      desk.heroValue = part("b", "hero-value");
      const phone = desk.phones[first.enterprise_id];
      const words = part("div", "grow", part("b", "hero-title", A.title(first)), part("div", "hero-place", first.place, A.simulatedMark(first)));
      desk.hero.replaceChildren(
        part("div", "hero-line", A.symbol(first, 44, { inverted: first.level === 1 }), words),
        part("div", "hero-line", desk.heroValue, part("span", "grow", A.limitText(first)), desk.heroAge),
        part("div", "hero-line buttons", A.may("acknowledge") ? A.confirmButton(first, "hero-confirm") : null,
          phone ? attribute(part("a", "hero-call", glyph("telephone"), "企业"), { href: `tel:${phone}`, "data-plain": "1" }) : null,
          button("hero-call", "详情", () => pick(first.id))));
    }
    desk.heroShown = first;
    tickHero();
  }

  function tickHero() {
    if (desk.hero.hidden || !desk.heroShown) return;
    put(desk.heroAge, A.age(desk.heroShown));
    put(desk.heroValue, A.valueText(desk.heroShown, period(desk.heroShown)));
  }

  /* ---- All of it ---------------------------------------------------------------------------------------------------- */

  function draw() {
    const alarms = A.list();
    drawViews(alarms);
    drawList(alarms);
    drawHero(alarms);
    if (!desk.state.id && WIDE.matches && A.isHeard() && !desk.wasPicked) { const first = shownRows()[0]; if (first) { pick(first.id); return; } }
    A.detail.show(desk.state.id ? find(desk.state.id) : null, desk.state.id);
  }

  function pick(id) {
    desk.wasPicked = true;
    go({ id });
    const row = desk.root.querySelector(`.alarm-row[data-id="${id}"]`);
    if (row) row.scrollIntoView({ block: "nearest" });
  }

  const typing = (target) => target.closest && target.closest("input, textarea, select, [contenteditable]");

  function onKey(event) {
    if (!desk || !desk.root.isConnected) { document.removeEventListener("keydown", onKey); return; }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (typing(event.target)) event.target.blur();
      else if (desk.state.id) go({ id: 0 });
      return;
    }
    if (typing(event.target) && event.target.type !== "checkbox") return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const shown = shownRows();
      if (!shown.length) return;
      const place = shown.findIndex((alarm) => alarm.id === desk.state.id);
      const next = event.key === "ArrowDown" ? Math.min(place + 1, shown.length - 1) : Math.max(place - 1, 0);
      event.preventDefault();
      pick(shown[next].id);
    }
    if (event.key === " " && !event.repeat && !(event.target.closest && event.target.closest("button, a, summary, input"))) {
      event.preventDefault();
      const alarm = desk.state.id && find(desk.state.id);
      if (alarm && A.isWaiting(alarm)) A.acknowledge([alarm.id], A.detail.note());
    }
  }

  function mount(facts) {
    const root = byId("alarm-desk");
    if (!root || !byId("desk-list") || !park.draw || !byId("alarm-rights")) { setTimeout(mount, 50, facts); return; }
    if (desk && desk.root === root) return;
    desk = {
      root, state: { ...facts.state, page: 1 }, figures: facts.figures, history: null, ticked: new Set(), wasPicked: Boolean(facts.state.id), phones: facts.phones,
      gas: new Set(facts.gas), periods: new Map(facts.periods), hero: byId("desk-hero"), heroLook: "",
    };
    buildViews(byId("desk-views"));
    buildList(byId("desk-list"));
    A.detail.mount({ phones: desk.phones, period, close: () => go({ id: 0 }), open: (id) => go({ id }) });
    drawFigures();
    document.addEventListener("keydown", onKey);
    let minute = 0;
    let standing = "";
    A.watch(root, {
      alarms(alarms) {
        draw();
        const ids = alarms.map((alarm) => `${alarm.id}${alarm.state}`).join();
        if (standing && ids !== standing) askFigures(700);
        standing = ids;
      },
      points(ids) { A.detail.points(ids); },
      tick() {
        for (const box of [desk.pinned, desk.rest]) for (const row of (box.parkRows || new Map()).values()) row.tick();
        tickHero();
        A.detail.tick();
        minute += 1;
        if (minute % 60 === 0) askFigures(0);
      },
    });
    if (isHistory()) askHistory();
  }

  /* What was closed by then, and who had what in hand, is not told of the past: only what was open. */
  document.addEventListener("park:past", () => {
    if (!desk || !desk.root.isConnected) return;
    if (park.live.past && (isHistory() || desk.state.view === "mine")) go({ view: "active" });
    desk.ticked.clear();
    // What was picked may not have been there then, or may be over now.
    if (desk.state.id && !A.list().some((alarm) => alarm.id === desk.state.id)) { desk.wasPicked = false; go({ id: 0 }); } else draw();
    A.detail.refresh();
  });

  document.addEventListener("park:answered", () => {
    if (!desk || !desk.root.isConnected) return;
    askFigures(100);
    A.detail.refresh();
  });

  window.park_pages.alarms = (facts) => { mount(facts); return window.dash_clientside.no_update; };
  window.park_pages.alarm_figures = (figures) => { if (figures && desk) { desk.figures = figures; drawFigures(); draw(); } };
  window.park_pages.alarm_history = (found) => { if (found && desk) { desk.history = found; desk.state.page = found.page; draw(); } };
})();
