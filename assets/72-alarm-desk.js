/* 报警中心: the desk as a whole: what it shows, its state in the address, how its rooms are drawn together.
   Rooms: 72-alarm-desk-views.js left, -list.js middle, -hero.js phone, -keys.js keyboard and focus; one alarm is 73-alarm-detail.js. */
(function () {
  "use strict";
  const park = window.park;
  const A = park.alarms;
  const D = (A.desk = A.desk || {});
  const byId = (id) => document.getElementById(id);

  const VIEWS = {
    waiting: { word: "未确认", empty: "没有未确认的报警" },
    active: { word: "全部有效", empty: "当前没有有效报警" },
    rising: { word: "即将升级", empty: "没有将要按值班表上报的报警" },
    mine: { word: "我在处置", empty: "没有您正在处置的报警" },
    recovered: { word: "已恢复未确认", empty: "没有等待确认的已恢复报警" },
    closed: { word: "已关闭", empty: "这段时间没有关闭的报警" },
  };
  const SOURCES = { tank: "储罐与装置", gas: "气体探测", vehicle: "危化品车辆", data: "网关与数据" };
  const SPANS = { 1: "今日", 7: "近 7 天", 30: "近 30 天" };
  const WIDE = window.matchMedia("(min-width: 1100px)");
  const ASK_AGAIN_MS = 10000;

  D.at = null; // the page that is open: {root, state, figures, history, ticked, …}

  /* ---- Which alarms ----------------------------------------------------------------------------------------------- */

  function sourceOf(alarm) {
    if (alarm.source_type === "vehicle") return "vehicle";
    if (alarm.source_type !== "point" || alarm.kind === "no_data") return "data";
    return D.at.gas.has(alarm.source_id) ? "gas" : "tank";
  }

  /** When the alarm goes up the duty roster and to whom, {at, post, people}; null when it does not, or somebody has answered. */
  const rise = (alarm) => (A.isWaiting(alarm) && D.at.rises.get(alarm.id)) || null;

  const inView = {
    waiting: (alarm) => alarm.state === "unacknowledged",
    active: () => true,
    rising: (alarm) => Boolean(rise(alarm)),
    mine: (alarm) => D.at.figures.mine.includes(alarm.id) && alarm.state !== "closed",
    recovered: (alarm) => alarm.state === "recovered",
    closed: () => false,
  };

  function matches(alarm) {
    const { level, source, q } = D.at.state;
    if (level && String(alarm.level) !== level) return false;
    if (source && sourceOf(alarm) !== source) return false;
    const words = q.trim().toLowerCase();
    return !words || `${alarm.code} ${alarm.name} ${alarm.place} ${alarm.kind_word}`.toLowerCase().includes(words);
  }

  const isHistory = () => D.at.state.view === "closed";
  const period = (alarm) => D.at.periods.get(alarm.source_id) || 60;
  const find = (id) => A.list().find((alarm) => alarm.id === id) || (D.at.history ? D.at.history.rows.find((alarm) => alarm.id === id) : undefined);

  /** The rows that stand in the list now, top to bottom. */
  function shownRows() {
    if (isHistory()) return D.at.history ? D.at.history.rows : [];
    const shown = A.list().filter((alarm) => inView[D.at.state.view](alarm) && matches(alarm));
    return D.at.state.view === "rising" ? shown.sort((a, b) => rise(a).at - rise(b).at || a.id - b.id) : shown;
  }

  /** Who has it and what comes next; while nobody has answered: in how long it goes up, and to whom. */
  function nextText(alarm) {
    const next = park.live.past ? null : rise(alarm);
    if (!next || !next.post) return next && D.at.state.view === "rising" ? ["值班表无人", "请电话通知带班人员"] : A.whoText(alarm);
    const left = next.at - park.live.now();
    return [left > 0 ? `${A.lapse(left)} 后升级` : "正在升级", `${next.post} ${next.people}`];
  }

  /* ---- State in the address --------------------------------------------------------------------------------------- */

  const NARROWS = ["view", "level", "source", "q", "days"];

  function go(changes) {
    const isNarrowed = NARROWS.some((name) => name in changes && changes[name] !== D.at.state[name]);
    const isTurned = isNarrowed || ("page" in changes && changes.page !== D.at.state.page);
    Object.assign(D.at.state, changes);
    if (isNarrowed) D.at.state.page = 1;
    const { view, level, source, q, id, days } = D.at.state;
    park.shell.state({ view: view === "active" ? "" : view, level, source, q, id: id || "", days: view === "closed" && days !== 1 ? days : "" });
    if (isTurned && isHistory()) askHistory();
    draw();
  }

  /** Show another view; where the detail covers the list it closes. */
  const show = (view) => go({ view, id: WIDE.matches ? D.at.state.id : 0 });

  let asked = 0;
  const ask = (store, data) => window.dash_clientside.set_props(store, { data: { ...data, key: (asked += 1) } });

  function askHistory() {
    const { level, source, q, days, page } = D.at.state;
    D.at.history = null;
    ask("desk-ask-history", { level, source, q, days, page });
  }

  let figuresLater = 0;
  function askFigures(delay) {
    clearTimeout(figuresLater);
    D.at.askedAt = Date.now();
    figuresLater = setTimeout(() => D.at && D.at.root.isConnected && ask("desk-ask-figures", {}), delay);
  }

  function takeFigures(figures) {
    D.at.figures = figures;
    D.at.rises = new Map(figures.rises.map((one) => [one.id, one]));
  }

  /* ---- Drawing ---------------------------------------------------------------------------------------------------- */

  /** Draw everything; what has the focus keeps it, though its row moves or its button is made anew. */
  const draw = () => D.keepFocus(drawAll);

  function drawAll() {
    const alarms = A.list();
    D.drawViews(alarms);
    D.drawList(alarms);
    D.drawHero(alarms);
    if (!D.at.state.id && WIDE.matches && A.isHeard() && !D.at.wasPicked) { const first = shownRows()[0]; if (first) { pick(first.id); return; } }
    A.detail.show(D.at.state.id ? find(D.at.state.id) : null, D.at.state.id);
  }

  /** Open an alarm beside the list. */
  function pick(id) {
    D.at.wasPicked = true;
    go({ id });
    const row = D.at.root.querySelector(`.alarm-row[data-id="${id}"]`);
    if (row) row.scrollIntoView({ block: "nearest" });
  }

  function tick() {
    for (const box of [D.at.pinned, D.at.rest]) for (const row of (box.parkRows || new Map()).values()) row.tick();
    D.tickHero();
    A.detail.tick();
    D.at.seconds += 1;
    // What is on its way up is told by the jobs role a few seconds later.
    const isPast = [...D.at.rises.values()].some((one) => one.post && one.at < park.live.now());
    if (D.at.seconds % 60 === 0 || (isPast && Date.now() - D.at.askedAt > ASK_AGAIN_MS)) askFigures(0);
  }

  function mount(facts) {
    const root = byId("alarm-desk");
    if (!root || !byId("desk-list") || !park.draw || !byId("alarm-rights")) { setTimeout(mount, 50, facts); return; }
    if (D.at && D.at.root === root) return;
    D.at = {
      root, state: { ...facts.state, page: 1 }, history: null, ticked: new Set(), wasPicked: Boolean(facts.state.id), phones: facts.phones, gas: new Set(facts.gas),
      periods: new Map(facts.periods), hero: byId("desk-hero"), heroLook: "", seconds: 0, askedAt: Date.now(),
    };
    takeFigures(facts.figures);
    D.buildViews(byId("desk-views"));
    D.buildList(byId("desk-list"));
    A.detail.mount({ phones: D.at.phones, period, close: () => D.close(), gone: () => go({ id: 0 }), open: (id) => go({ id }) });
    D.drawFigures();
    D.listen();
    let standing = null; // before the first list; an empty one is a list too
    A.watch(root, {
      alarms(alarms) {
        draw();
        const ids = alarms.map((alarm) => `${alarm.id}${alarm.state}`).join();
        if (standing !== null && ids !== standing) askFigures(700);
        standing = ids;
      },
      points(ids) { A.detail.points(ids); },
      tick,
    });
    if (isHistory()) askHistory();
  }

  /* What was closed by then, and who had what in hand, is not told of the past: only what was open. */
  document.addEventListener("park:past", () => {
    if (!D.at || !D.at.root.isConnected) return;
    const isUntold = isHistory() || ["mine", "rising"].includes(D.at.state.view);
    if (park.live.past && isUntold) go({ view: "active" });
    D.at.ticked.clear();
    // What was picked may not have been there then, or may be over now.
    if (D.at.state.id && !A.list().some((alarm) => alarm.id === D.at.state.id)) { D.at.wasPicked = false; go({ id: 0 }); } else draw();
    A.detail.refresh();
  });

  document.addEventListener("park:answered", () => {
    if (!D.at || !D.at.root.isConnected) return;
    askFigures(100);
    A.detail.refresh();
  });

  Object.assign(D, { VIEWS, SOURCES, SPANS, inView, sourceOf, matches, isHistory, period, find, shownRows, nextText, go, show, pick });

  window.park_pages.alarms = (facts) => { mount(facts); return window.dash_clientside.no_update; };
  window.park_pages.alarm_figures = (figures) => { if (figures && D.at) { takeFigures(figures); D.drawFigures(); draw(); } };
  window.park_pages.alarm_history = (found) => { if (found && D.at) { D.at.history = found; D.at.state.page = found.page; draw(); } };
})();
