/* Alarms on every page: words of a row, counters in the header, the rail of the map, answering, announcing.
   The desk itself is 72-alarm-desk.js, its right side 73-alarm-detail.js, the sound 71-sound.js and 70-tones.js. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const client = (window.dash_clientside = window.dash_clientside || {});
  const pages = (client.park_pages = client.park_pages || window.park_pages || {});
  window.park_pages = pages;

  const LEVELS = { 1: "紧急", 2: "重要", 3: "一般", 4: "系统" };
  const byId = (id) => document.getElementById(id);
  const now = () => (park.live ? park.live.now() : Date.now());

  /* ---- Small pieces ----------------------------------------------------------------------------------------------- */

  /** An element with a class; children that are empty are left out. */
  function part(tag, className, ...children) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
    return made;
  }

  function put(node, text) { if (node.textContent !== text) node.textContent = text; }

  function attribute(node, values) {
    for (const [name, value] of Object.entries(values)) {
      if (value === null || value === undefined || value === false) node.removeAttribute(name);
      else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value === true ? "" : value);
    }
    return node;
  }

  function button(className, words, does) {
    const made = attribute(part("button", className, words), { type: "button" });
    made.addEventListener("click", (event) => { event.stopPropagation(); does(event); });
    return made;
  }

  const glyph = (name) => attribute(part("i", `bi bi-${name}`), { "aria-hidden": "true" });

  const clock = (ms) => park.draw.time(ms);
  const lapse = (ms) => park.draw.duration(ms);

  /* ---- What a row says -------------------------------------------------------------------------------------------- */

  const isWaiting = (alarm) => alarm.state === "unacknowledged" || alarm.state === "recovered";
  const number = (value, alarm) => park.draw.number(value, alarm.decimals ?? 2);
  const unit = (alarm) => (alarm.unit ? ` ${alarm.unit}` : "");

  const title = (alarm) => `${alarm.name} ${alarm.kind_word}`;
  const age = (alarm) => lapse((alarm.cleared || now()) - alarm.raised);

  /** The newest value of the point behind an alarm, {v, t}, or null when there is none or it is too old. */
  function latest(alarm, period) {
    if (alarm.source_type !== "point" || !park.live || !park.live.points) return null;
    const point = park.live.points.get(alarm.source_id);
    return point && now() - point.t <= 3000 * (period || 60) ? point : null;
  }

  function valueText(alarm, period) {
    if (alarm.kind === "gateway_lost") return "无心跳";
    if (alarm.kind === "no_data") {
      const last = park.live && park.live.points && park.live.points.get(alarm.source_id);
      return last ? `末值 ${clock(last.t)}` : "无数据";
    }
    // What is told of a rate or a flat line is not the value itself.
    const point = alarm.state === "closed" || (alarm.condition !== "high" && alarm.condition !== "low") ? null : latest(alarm, period);
    // What ended is told by the worst of it: a truck that was too fast stands still in the end.
    const value = point ? point.v : alarm.source_type === "vehicle" || alarm.state === "closed" ? alarm.worst_value ?? alarm.value : alarm.value;
    return value === null || value === undefined ? "—" : number(value, alarm) + unit(alarm);
  }

  function limitText(alarm) {
    if (alarm.kind === "no_data") return alarm.limit ? `周期 ${Math.round(alarm.limit)} s` : "";
    return alarm.limit === null || alarm.limit === undefined ? "" : `限值 ${number(alarm.limit, alarm)}${unit(alarm)}`;
  }

  /** By how much the next step of a person is late; empty while there is time. */
  function overdue(alarm) {
    if (!alarm.due || now() <= alarm.due) return "";
    return `${isWaiting(alarm) ? "确认" : "处置"}超时 ${lapse(now() - alarm.due)}`;
  }

  /** Who has it and what comes next: [first line, second line]. */
  function whoText(alarm) {
    if (alarm.state === "closed") return [alarm.in_progress_by || alarm.acknowledged_by || "—", `${clock(alarm.closed)} 关闭`];
    if (overdue(alarm) && alarm.state === "in_progress") return [alarm.in_progress_by || "—", overdue(alarm)];
    if (alarm.state === "in_progress") return [alarm.in_progress_by || "—", alarm.in_progress ? `${clock(alarm.in_progress)} 起处置` : "正在处置"];
    if (alarm.state === "acknowledged") return [alarm.acknowledged_by || "—", overdue(alarm) || `${clock(alarm.acknowledged)} 确认`];
    if (alarm.state === "recovered") return ["待确认", overdue(alarm) || `${clock(alarm.cleared)} 恢复`];
    return ["待确认", overdue(alarm) || "值班员"];
  }

  /** The level's symbol in the state of the alarm, as an element; ``look`` as for park.draw.symbol. */
  function symbol(alarm, size, look) {
    const holder = attribute(part("span", "alarm-symbol"), { title: LEVELS[alarm.level] });
    holder.innerHTML = park.draw.symbol(alarm.level, { state: alarm.state, size, ...look });
    return holder;
  }

  /** The chip of the state: filled while it waits, outlined in the level's colour after. */
  function chip(alarm) {
    return part("span", `state-chip level-${alarm.level} ${alarm.state}`, alarm.cause_word || alarm.state_word);
  }

  const simulatedMark = (alarm) => alarm.simulated && attribute(part("span", "state-chip simulated", "模拟"), { title: "模拟设备的数据" });

  /** Whether the alarm is one of many that came of one cause: 首报 for the first of them. */
  const groupMark = (alarm) => alarm.group && attribute(part("span", "state-chip group", alarm.group === alarm.id ? "同源 首报" : "同源"), { title: "短时间内同一企业或网关的多条报警，详情中列出全部" });

  /* ---- The list as it stands -------------------------------------------------------------------------------------- */

  const ANSWER_HOLDS_MS = 5000;
  const PATIENCE_MS = 10000;
  const unheard = park.live && park.live.present.alarms; // what stands there before the first frame says how things are
  const answers = new Map();
  const watchers = new Set();
  const RANK = { unacknowledged: 0, recovered: 1, acknowledged: 2, in_progress: 2 };

  const isHeard = () => Boolean(park.live) && (park.live.past || park.live.present).alarms !== unheard;

  /** What the server pushed, with what this page has just answered laid over it until the push has caught up. */
  function list(isPresent) {
    if (park.live && park.live.past && !isPresent) return park.live.past.alarms;
    const pushed = (park.live && park.live.present.alarms) || [];
    for (const [id, answer] of answers) if (performance.now() > answer.until) answers.delete(id);
    if (!answers.size) return pushed;
    return pushed
      .map((alarm) => {
        const answer = answers.get(alarm.id);
        return answer && answer.frame.last >= alarm.last ? answer.frame : alarm;
      })
      .filter((alarm) => alarm.state !== "closed")
      .sort((a, b) => RANK[a.state] - RANK[b.state] || a.level - b.level || b.raised - a.raised);
  }

  /** Call ``handlers.alarms(list)`` now and at every change, ``handlers.tick()`` each second, until the element is gone; `isPresent` as for park.live.attach. */
  function watch(element, handlers, isPresent) {
    const watcher = { element, alarms: () => handlers.alarms(list(isPresent)) };
    watchers.add(watcher);
    park.live.attach(element, { ...handlers, alarms: watcher.alarms }, isPresent);
  }

  function tell() {
    for (const watcher of [...watchers]) {
      if (watcher.element.isConnected) watcher.alarms();
      else watchers.delete(watcher);
    }
  }

  /** {1: {all, waiting}, …} of a list: ``waiting`` are those that nobody has answered and that are still there. */
  function counts(alarms) {
    const found = { 1: { all: 0, waiting: 0 }, 2: { all: 0, waiting: 0 }, 3: { all: 0, waiting: 0 }, 4: { all: 0, waiting: 0 } };
    for (const alarm of alarms) {
      found[alarm.level].all += 1;
      if (alarm.state === "unacknowledged") found[alarm.level].waiting += 1;
    }
    return found;
  }

  /* ---- Answering -------------------------------------------------------------------------------------------------- */

  const pending = new Set();
  let wishes = 0;

  /** Whether this person is shown the button: view, acknowledge or handle. The server decides again. */
  const holds = (right) => Boolean(byId("alarm-rights") && byId("alarm-rights").dataset[right]);
  const ANSWERS = new Set(["acknowledge", "handle", "suspend", "incident"]);
  const may = (right) => holds(right) && !(park.live.past && ANSWERS.has(right)); // the past is not answered

  function ask(store, ids, wish) {
    if (!ids.length) return;
    ids.forEach((id) => pending.add(id));
    tell();
    setTimeout(() => { if (ids.map((id) => pending.delete(id)).some(Boolean)) tell(); }, PATIENCE_MS);
    window.dash_clientside.set_props(store, { data: { ids, key: `${Date.now()}-${(wishes += 1)}`, ...wish } });
  }

  const acknowledge = (ids, note) => may("acknowledge") && ask("alarm-acknowledge", ids.filter((id) => !pending.has(id)), { note: note || "" });
  const startHandling = (id, note) => may("handle") && ask("alarm-handle", [id], { step: "start", note: note || "" });
  const handOver = (id, person, note) => may("handle") && ask("alarm-handle", [id], { step: "hand_over", person, note: note || "" });
  const resolve = (id, cause, note, done) => may("handle") && ask("alarm-handle", [id], { step: "resolve", cause, note: note || "", ...done });
  const suspend = (id, wish, note) => may("suspend") && ask("alarm-suspend", [id], { ...wish, note }); // {hours} or {until}

  pages.alarm_answered = (answer) => {
    for (const frame of (answer && answer.alarms) || []) {
      answers.set(frame.id, { frame, until: performance.now() + ANSWER_HOLDS_MS });
      pending.delete(frame.id);
    }
    for (const refusal of (answer && answer.refused) || []) pending.delete(refusal.id);
    document.dispatchEvent(new CustomEvent("park:answered", { detail: answer || {} }));
    tell();
  };

  /* An answer that never came (refused, or the server is away) must not leave a dead button. */
  pages.alarm_busy = (busy) => {
    if (busy || !pending.size) return;
    setTimeout(() => { pending.clear(); tell(); }, 300);
  };

  function confirmButton(alarm, className, words) {
    const isPending = pending.has(alarm.id);
    const made = button(className, [glyph("check-lg"), isPending ? "确认中…" : words || "确认"], () => acknowledge([alarm.id], ""));
    return attribute(made, { disabled: isPending, "aria-label": `确认 ${title(alarm)}` });
  }

  /* ---- Rows that stay themselves ---------------------------------------------------------------------------------- */

  const ARRIVES_MS = 10000; // a row that a filter brings back has been there before: it does not slide in

  /** Make the children of ``box`` those of ``items`` in their order, reusing each row by its id.
      ``make(item)`` builds a row with a method ``renew(item)``; a row that is new to the platform slides in. */
  function rows(box, items, make) {
    const known = box.parkRows || new Map();
    const isFirst = !box.parkHeard;
    box.parkRows = known;
    box.parkHeard = isHeard();
    const wanted = new Set(items.map((item) => item.id));
    for (const [id, row] of known) if (!wanted.has(id)) { row.node.remove(); known.delete(id); }
    let place = box.firstElementChild;
    for (const item of items) {
      let row = known.get(item.id);
      if (!row) {
        row = make(item);
        known.set(item.id, row);
        if (!isFirst && now() - item.last < ARRIVES_MS) row.node.classList.add("arrives");
      }
      row.renew(item);
      if (row.node === place) place = place.nextElementSibling;
      else box.insertBefore(row.node, place);
    }
  }

  /* ---- Header ----------------------------------------------------------------------------------------------------- */

  /** The counters of open alarms by level; each leads to its rows. */
  function head(element) {
    if (element.parkHead || !may("view")) return;
    element.parkHead = true;
    const links = {};
    const box = part("div", "tally", part("a", "tally-all", "有效报警"));
    attribute(box.firstElementChild, { href: "/alarms", title: "打开报警中心" });
    for (const level of [1, 2, 3, 4]) {
      links[level] = attribute(part("a", `tally-level l${level}`), { href: `/alarms?level=${level}` });
      box.append(links[level]);
    }
    element.replaceChildren(box);
    let drawn = "";
    watch(element, {
      alarms(alarms) {
        const found = counts(alarms);
        const seen = JSON.stringify(found);
        if (seen === drawn) return;
        drawn = seen;
        for (const level of [1, 2, 3, 4]) {
          const { all, waiting } = found[level];
          const words = `${LEVELS[level]} ${all} 条，其中未确认 ${waiting} 条`;
          links[level].replaceChildren(
            symbol({ level, state: waiting ? "unacknowledged" : "acknowledged" }, 20),
            part("span", "tally-word", LEVELS[level]), part("b", "tally-count", String(all)));
          links[level].classList.toggle("none", !all);
          links[level].classList.toggle("waiting", waiting > 0);
          attribute(links[level], { title: words, "aria-label": words });
        }
      },
    }, true);
  }

  /* ---- The map's rail --------------------------------------------------------------------------------------------- */

  function railRow(alarm, onPick) {
    const node = attribute(part("div", "rail-row"), { "data-id": alarm.id, tabindex: "0", role: "button" });
    let shown = null;
    let drawn = "";
    const ageText = part("b", "rail-age");
    const first = part("div", "rail-value");
    const pick = () => onPick && onPick(shown);
    node.addEventListener("click", pick);
    node.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target === node) pick(); });
    function tick() {
      put(ageText, age(shown));
      put(first, [valueText(shown), limitText(shown)].filter(Boolean).join("，"));
    }
    function renew(next) {
      shown = next;
      const look = [next.level, next.state, next.kind, next.n, next.acknowledged_by, next.in_progress_by, pending.has(next.id), Boolean(park.live.past)].join();
      if (look !== drawn) {
        drawn = look;
        node.className = `rail-row l${next.level} ${next.state}${node.classList.contains("arrives") ? " arrives" : ""}`;
        const [who, when] = whoText(next);
        const state = part("div", "rail-state", part("b", `word l${next.level}`, next.state_word), isWaiting(next) ? null : ` ${who} ${when}`);
        const body = part("div", "rail-body", part("b", "rail-title", `${next.name} `, part("span", "row-kind", next.kind_word)), first,
          part("div", "rail-place", part("span", "cut", next.place + (next.n > 1 ? ` · ${next.n} 次` : "")), simulatedMark(next)), state);
        const end = part("div", "rail-end", ageText, part("small", "", next.cleared ? "历时" : "持续"),
          isWaiting(next) && may("acknowledge") ? confirmButton(next, "rail-confirm") : null);
        node.replaceChildren(symbol(next, 26), body, end);
        attribute(node, { "aria-label": `${LEVELS[next.level]} ${title(next)} ${next.state_word} ${next.place}` });
      }
      tick();
    }
    return { node, renew, tick };
  }

  /** The list beside the map. ``onPick(alarm)`` is called when a row is chosen. */
  function rail(element, options) {
    const head = part("div", "rail-head");
    const box = attribute(part("div", "rail-rows"), { role: "list", "aria-label": "有效报警" });
    element.classList.add("alarm-rail");
    element.replaceChildren(head, box);
    const total = part("small", "");
    const link = attribute(part("a", "", "报警中心"), { href: "/alarms" });
    head.append(part("b", "", "有效报警"), total, link);
    const empty = part("p", "alarm-empty", "当前没有有效报警");
    watch(element, {
      alarms(alarms) {
        put(total, `共 ${alarms.length} 条 · 未确认 ${alarms.filter((alarm) => alarm.state === "unacknowledged").length}`);
        rows(box, alarms, (alarm) => railRow(alarm, options && options.onPick));
        if (alarms.length) empty.remove(); else element.append(empty);
      },
      tick() { for (const row of (box.parkRows || new Map()).values()) row.tick(); },
    });
  }

  /* ---- Announcing to those who do not see ------------------------------------------------------------------------- */

  function announcer() {
    if (byId("alarm-said")) return;
    const polite = attribute(part("div", "alarm-said"), { id: "alarm-said", "aria-live": "polite", role: "log" });
    const urgent = attribute(part("div", "alarm-said"), { id: "alarm-said-urgent", "aria-live": "assertive", role: "alert" });
    document.body.append(polite, urgent);
    let known = null;
    watch(document.body, {
      alarms(alarms) {
        const waiting = alarms.filter((alarm) => alarm.state === "unacknowledged");
        const isNew = (alarm) => known && !known.has(`${alarm.id}/${alarm.level}`);
        for (const alarm of waiting.filter(isNew)) {
          put(alarm.level === 1 ? urgent : polite, `${LEVELS[alarm.level]}报警：${title(alarm)}，${alarm.place}`);
        }
        if (isHeard()) known = new Set(waiting.map((alarm) => `${alarm.id}/${alarm.level}`));
      },
    }, true);
  }

  /* The header exists before the first page does; live data start by themselves. */
  function start() {
    if (document.documentElement.dataset.shell === "screen") return; // a wall has neither header nor reader
    const element = byId("head-alarms");
    if (!element || !park.live || !park.live.attach || !byId("alarm-rights")) { setTimeout(start, 100); return; }
    head(element);
    if (may("view")) announcer();
  }
  start();

  park.alarms = {
    LEVELS, head, rail, list, isHeard, watch, counts, acknowledge, startHandling, handOver, resolve, suspend, overdue, may, pending, title, age, latest, valueText, limitText,
    whoText, holds, symbol, chip, simulatedMark, groupMark, clock, lapse, rows, isWaiting, confirmButton,
    dom: { part, put, attribute, button, glyph },
  };
})();
