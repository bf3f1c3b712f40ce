/* One alarm, the right side of the desk: what it is, its value and curve, where it goes when nobody answers, what happened.
   The answers that a person can give are 73-alarm-answers.js. */
(function () {
  "use strict";
  const park = window.park;
  const A = park.alarms;
  const { part, put, attribute, button, glyph } = A.dom;
  const byId = (id) => document.getElementById(id);

  const LIMIT_NAMES = { high_high: "高高限", high: "高限", low: "低限", low_low: "低低限" };
  const REFRESH_MS = 60000;
  const UNKNOWN_MS = 6000;
  const ASK_AGAIN_MS = 1500;
  const MOST_POINTS = 900;

  let soon = 0; // the timer of a question that waits
  let at = null; // {phones, period, close, id, alarm, story, cause, drawn, …}: what is open

  const dash = (id, properties) => window.dash_clientside.set_props(id, properties);

  function mount(options) {
    at = { ...options, id: 0, alarm: null, story: null, cause: "", looks: {}, askedAt: 0, lastPoint: 0 };
    byId("desk-detail").classList.remove("open");
  }

  /** Show an alarm; ``alarm`` may be missing while ``id`` is known: it has closed, or the address names an old one. */
  function show(alarm, id) {
    if (!at) return;
    const root = byId("desk-detail");
    root.classList.toggle("open", Boolean(id));
    if (!id) { at.id = 0; at.alarm = null; root.dataset.empty = "1"; return; }
    delete root.dataset.empty;
    if (at.id !== id) {
      at = { ...at, id, alarm: null, story: null, cause: "", looks: {}, lastPoint: 0, noteBox: null, measuresBox: null, resultBox: null, form: null, renewClose: null, riseAges: [] };
      for (const name of ["head", "figures", "rises", "form", "story"]) byId(`desk-detail-${name}`).replaceChildren();
      root.classList.remove("curved");
      refresh();
    }
    const told = at.story && at.story.alarm;
    const next = alarm || told || at.alarm;
    // The alarm left the list of open ones: ask how it ended.
    if (!alarm && at.alarm && at.alarm.state !== "closed" && !(told && told.state === "closed")) askSoon(id);
    at.alarm = next;
    if (next) draw();
    else if (Date.now() - at.askedAt > UNKNOWN_MS) at.gone(); // the address names an alarm that is not there, or not for this person
  }

  /** Ask now, or a moment after the last question: nothing else may happen that would make us ask again. */
  function askSoon(id) {
    clearTimeout(soon);
    const wait = at.askedAt + ASK_AGAIN_MS - Date.now();
    if (wait <= 0) refresh();
    else soon = setTimeout(() => { if (at && at.id === id) show(A.list().find((alarm) => alarm.id === id), id); }, wait + 10);
  }

  function refresh() {
    if (!at || !at.id) return;
    at.askedAt = Date.now();
    dash("desk-ask-story", { data: { id: at.id, past: park.live.pastAt(), key: at.askedAt } });
  }

  /* The remark is recorded with the answer; the next one begins empty. */
  document.addEventListener("park:answered", (event) => {
    if (!at || !(event.detail.alarms || []).some((alarm) => alarm.id === at.id)) return;
    for (const box of [at.noteBox, at.measuresBox, at.resultBox]) if (box && box.value.trim() === box.dataset.read) box.value = "";
    refresh();
  });

  window.park_pages.alarm_story = (story) => {
    if (!at || !story || story.alarm.id !== at.id) return;
    at.story = story;
    at.looks = { ...at.looks, story: "", figures: "" };
    at.lastPoint = story.until;
    byId("desk-detail").classList.toggle("curved", story.curved);
    A.desk.keepFocus(() => show(A.list().find((alarm) => alarm.id === at.id), at.id));
  };

  /** Draw a part again only when what it shows has changed: a half-written remark must survive the next push. */
  function once(name, look, drawPart) {
    if (at.looks[name] === look) return;
    at.looks[name] = look;
    drawPart(byId(`desk-detail-${name}`));
  }

  function draw() {
    const { alarm } = at;
    once("head", JSON.stringify([alarm.level, alarm.state, alarm.kind, alarm.name, alarm.place, A.whoText(alarm)[0]]), drawHead);
    once("figures", JSON.stringify([alarm.kind, alarm.about, alarm.limit, alarm.n, alarm.state, Boolean(at.story)]), drawFigures);
    A.answers.draw(at, byId("desk-detail-form"));
    drawRises();
    if (at.story) once("story", JSON.stringify([at.story.events, at.story.group, Boolean(park.live.past)]), drawStory);
    tick();
  }

  /* ---- Head and figures --------------------------------------------------------------------------------------------- */

  function drawHead(box) {
    const { alarm } = at;
    const isRed = alarm.level === 1 && alarm.state === "unacknowledged";
    box.className = `detail-head l${alarm.level} ${alarm.state}`;
    at.age = part("b", "detail-age");
    const back = attribute(button("detail-close", glyph("x-lg"), at.close), { title: "关闭 (Esc)", "aria-label": "关闭详情" });
    const who = A.isWaiting(alarm) ? [] : [A.whoText(alarm)[0]];
    const state = [A.LEVELS[alarm.level], alarm.state_word, ...who].join(" · ");
    const words = part("div", "grow", part("h3", "", A.title(alarm)), part("div", "", part("span", "cut", alarm.place), A.simulatedMark(alarm)), part("div", "", state));
    box.replaceChildren(A.symbol(alarm, 34, { inverted: isRed }), words,
      part("div", "detail-time", at.age, part("div", "", `${A.clock(alarm.raised)} 起`)), back);
  }

  function figure(className, label, value, small) {
    return part("div", `figure ${className}`, part("span", "muted", label), value, small || null);
  }

  function drawFigures(box) {
    const { alarm, story } = at;
    const parts = [];
    at.value = part("b", "figure-value");
    const isLive = alarm.source_type === "point" && alarm.state !== "closed";
    const has = (name) => typeof alarm[name] === "number" && alarm.kind !== "no_data";
    const worst = alarm.condition === "low" ? "最低" : "最高";
    const isMeasured = alarm.source_type === "point" || alarm.condition === "overspeed"; // an SOS only happens to have a speed
    if (A.valueText(alarm, at.period(alarm)) !== "—") parts.push(figure("now", isLive || alarm.kind === "no_data" ? "当前" : has("worst_value") && isMeasured ? worst : "数值", at.value));
    const told = (label, name) => parts.push(figure("", label, part("span", "figure-limit", park.draw.number(alarm[name], alarm.decimals ?? 2), part("small", "", ` ${alarm.unit}`))));
    if (has("raised_value") && (isLive || alarm.raised_value !== alarm.worst_value)) told("触发值", "raised_value");
    if (has("worst_value") && isLive && alarm.worst_value !== alarm.raised_value) told(worst, "worst_value");
    if (has("value") && alarm.cleared && !isLive && alarm.value !== alarm.worst_value) told("恢复值", "value");
    const limit = A.limitText(alarm).replace(/^(限值|周期) /, "");
    if (limit) parts.push(figure("", alarm.kind === "no_data" ? "上报周期" : LIMIT_NAMES[alarm.kind] || "限值", part("span", "figure-limit", limit)));
    if (story && story.change !== null && alarm.state !== "closed" && alarm.condition !== "rate" && alarm.condition !== "flat") {
      const sign = story.change > 0 ? "+" : story.change < 0 ? "−" : "";
      const size = Math.abs(story.change).toFixed(Math.max(0, Math.min(alarm.decimals, 2)));
      parts.push(figure("", "变化", part("span", "figure-limit", sign + size, part("small", "", ` ${alarm.unit}/h`))));
    }
    if (alarm.n > 1) parts.push(figure("", "次数", part("span", "figure-limit", String(alarm.n), part("small", "", " 次"))));
    at.fresh = part("span", "muted figure-fresh");
    box.className = `detail-figures l${alarm.level} ${alarm.state}`;
    box.replaceChildren(...parts, at.fresh);
  }

  /** Where the alarm goes up while nobody answers: post, people, in how long. */
  function drawRises() {
    const isWaiting = A.isWaiting(at.alarm);
    const rises = (isWaiting && at.story && at.story.rises) || [];
    once("rises", JSON.stringify([rises, isWaiting]), (box) => {
      at.riseAges = [];
      const step = (rise, place) => {
        const age = part("b", place ? "" : "next");
        if (rise.post) at.riseAges.push([age, rise.at]);
        return part("li", "", age, part("span", "", rise.post || "值班表无人"), part("span", "muted", rise.people || "请电话通知带班人员"));
      };
      box.replaceChildren(...(rises.length ? [part("div", "muted", "无人确认则逐级上报"), part("ol", "rises", ...rises.map(step))] : []));
    });
  }

  function tick() {
    if (!at || !at.alarm || !at.age || !at.value) return;
    const { alarm } = at;
    put(at.age, A.age(alarm));
    const text = A.valueText(alarm, at.period(alarm));
    if (at.valueSeen !== text || !at.value.firstChild) {
      at.valueSeen = text;
      const [, amount, unit] = /^(\S+)( .*)?$/.exec(text) || [null, text, ""];
      const isMeasured = alarm.unit && text.endsWith(alarm.unit);
      at.value.replaceChildren(...(isMeasured ? [amount, part("small", "", unit || "")] : [text]));
      at.value.classList.toggle("words", !isMeasured);
    }
    for (const [node, ms] of at.riseAges || []) put(node, ms > park.live.now() ? `${A.lapse(ms - park.live.now())} 后` : "正在上报");
    put(at.fresh, freshness(alarm));
    at.value.parentElement.parentElement.classList.toggle("silent", at.fresh.textContent.startsWith("停更"));
    if (Date.now() - at.askedAt > REFRESH_MS && alarm.state !== "closed") refresh();
  }

  function freshness(alarm) {
    if (alarm.source_type !== "point" || alarm.state === "closed" || !park.live.points) return "";
    const point = park.live.points.get(alarm.source_id);
    if (!point) return "停更，没有收到过数据";
    const old = park.live.now() - point.t;
    if (alarm.kind === "no_data") return `停更 ${A.lapse(old)}`;
    return old > 3000 * at.period(alarm) ? `停更 ${A.lapse(old)}，末值 ${A.clock(point.t)}` : `${Math.max(0, Math.round(old / 1000))} 秒前`;
  }

  /* ---- The curve goes on by itself ---------------------------------------------------------------------------------- */

  const zone = new Intl.DateTimeFormat("sv-SE", { timeZone: park.shell.config.timeZone || "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" });

  function points(ids) {
    if (!at || !at.story || !at.story.curved || !at.alarm || at.alarm.state === "closed") return;
    const { alarm, story } = at;
    if (ids && !ids.includes(alarm.source_id)) return;
    const point = park.live.points.get(alarm.source_id);
    if (!point || point.t <= at.lastPoint) return;
    at.lastPoint = point.t;
    const isBeyond = alarm.limit !== null && (alarm.condition === "high" || alarm.condition === "low") && (story.side === "high" ? point.v >= alarm.limit : point.v <= alarm.limit);
    const x = zone.format(point.t);
    dash("alarm-curve", { extendData: [{ x: [[x], [x]], y: [[point.v], [isBeyond ? point.v : null]] }, [0, 1], MOST_POINTS] });
  }

  /* ---- What happened ------------------------------------------------------------------------------------------------ */

  /** All alarms of one cause; the first is the one to look at. What still waits may be answered together. */
  function groupList(group) {
    const waiting = group.filter((one) => one.state === "unacknowledged" || one.state === "recovered").map((one) => one.id);
    const row = (one) => {
      const made = button("group-row", [part("time", "muted", A.clock(one.raised)), part("span", "cut", one.title), part("span", "muted", one.first ? `首报 · ${one.state_word}` : one.state_word)], () => at.open(one.id));
      return attribute(made, { "aria-current": one.id === at.id ? "true" : null });
    };
    const all = waiting.length > 1 && A.may("acknowledge") ? button("button", `确认同源 ${waiting.length} 条`, () => A.acknowledge(waiting, A.answers.note(at))) : null;
    return [part("div", "group-head", part("h4", "", `同源报警 ${group.length} 条`), all), part("div", "group-list", ...group.map(row))];
  }

  /** What the point keeps under control: the measures that fail with it, and the hidden dangers that were entered for them. */
  function controlList(controls) {
    const link = (words, href) => (href ? attribute(part("a", "", words), { href }) : part("span", "", words));
    const row = (one) => part("li", "", part("span", "", link(one.measure, one.href), part("span", "said", `　风险事件：${one.event}`), one.danger ? part("span", "said", "　隐患 ", link(one.danger, one.danger_href)) : null));
    return [part("h4", "", "自动管控措施失效"), part("ul", "controls", ...controls.map(row))];
  }

  function drawStory(box) {
    const { events, contacts, repeats, group, silenced, controls } = at.story;
    const { alarm } = at;
    const step = (event) => {
      const value = event.value === null ? "" : ` ${Number(event.value).toFixed(alarm.decimals)}${alarm.unit ? ` ${alarm.unit}` : ""}`;
      const who = event.who ? `${event.who} ` : "";
      return part("li", event.what, part("time", "muted", A.clock(event.at)), part("span", "", `${who}${event.word}${value}`, event.note ? part("span", "said", `：${event.note}`) : null));
    };
    const call = (contact) => part("div", "alarm-contact", part("span", "muted", contact.label), part("span", "", contact.name),
      attribute(part("a", "", contact.phone), { href: `tel:${contact.phone}`, "data-plain": "1" }));
    const before = repeats.total ? `近 30 天同一对象报警 ${repeats.total} 次` + (repeats.causes.length ? `：${repeats.causes.map(([word, count]) => `${word} ${count}`).join("，")}` : "") : "近 30 天同一对象没有其他报警";
    box.replaceChildren(
      ...(silenced ? [part("p", "muted", `经此网关上报的测点 ${silenced} 个，其停更不再单独报警`)] : []),
      ...(group.length ? groupList(group) : []),
      ...(controls.length ? controlList(controls) : []),
      ...(contacts.length ? [part("div", "alarm-contacts", ...contacts.map(call))] : []),
      part("h4", "", "经过"), part("ol", "steps", ...events.map(step).reverse()), part("p", "muted repeats", before));
  }

  A.detail = { mount, show, refresh, tick, points, note: () => A.answers.note(at) };
})();
