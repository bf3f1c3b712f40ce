/* 趋势分析: the period and what is compared, the answer of the server, the readout at the cursor, the alarms of the period.
   Choosing is 58-trend-pick.js, the picture 58-trend-chart.js. The state of the view is its address. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const client = (window.dash_clientside = window.dash_clientside || {});
  const pages = (client.park_pages = client.park_pages || window.park_pages || {});
  window.park_pages = pages;
  const { draw, trend } = park;
  const byId = (id) => document.getElementById(id);

  const HOURS = { 1: "1 小时", 8: "8 小时", 24: "24 小时", 168: "7 天", 720: "30 天" };
  const REFRESH_MS = { 1: 20000, 8: 60000, 24: 180000, 168: 900000, 720: 3600000 };
  const SHIFTS = { 0: "不对比", 1: "与昨日对比", 7: "与上周同日对比", 30: "与 30 天前对比", "-1": "与几天前对比…" };
  const SHORTEST_MS = 60000;
  const SILENT_MS = 30000;

  let page = null; // the page that is open: {…facts, root, state, found, cursor, back, key, askedAt}

  /* ---- State --------------------------------------------------------------------------------------------------------- */

  function tellAddress() {
    const { points, hours, start, end, shift, view, limits } = page.state;
    park.shell.state({
      points: points.join(","), hours: hours && hours !== 8 ? hours : "", start: hours ? "" : start, end: hours ? "" : end, shift: shift || "", view, limits: limits ? "" : "0", alarm: "",
    });
  }

  /** Change the view and ask for what it shows. `isStep` remembers the period for 返回. */
  function go(change, isStep) {
    const { hours, start, end } = page.state;
    if (isStep) page.back.push({ hours, start, end });
    Object.assign(page.state, change);
    tellAddress();
    drawHead();
    ask();
  }

  const period = (start, end) => ({ hours: 0, start: trend.local(start), end: trend.local(end) });

  function back() {
    const before = page.back.pop();
    if (before) go(before);
  }

  /** Narrow (0.5) or widen (2) the period about the cursor, or about its middle. */
  function zoom(factor) {
    if (!page.found) return;
    const { start, end } = page.found;
    const about = page.cursor ?? (start + end) / 2;
    const half = Math.max(SHORTEST_MS / 2, ((end - start) * factor) / 2);
    const last = Math.min(park.live.now(), about + half);
    go(period(last - 2 * half, last), true);
  }

  function shiftPeriod(direction) {
    if (!page.found) return;
    const { start, end } = page.found;
    const last = Math.min(park.live.now(), end + direction * (end - start));
    go(period(last - (end - start), last), true);
  }

  function ask() {
    fault({});
    const { points } = page.state;
    byId("trend").classList.toggle("empty", !points.length);
    byId("trend-empty").hidden = points.length > 0;
    if (!points.length) { page.found = null; suggest(); drawReadout(); drawAlarms(); drawStale(); return; }
    trend.remember(points);
    page.askedAt = Date.now();
    page.key = `${page.askedAt}`;
    byId("trend-box").classList.add("waiting");
    client.set_props("trend-wish", { data: { ...page.state, key: page.key } });
  }

  function suggest() {
    trend.suggest(byId("trend-empty"), page, (codes) => { page.state.points = codes; page.picker.renew(); tellAddress(); ask(); });
  }

  /** Since when the picture of a period that ends now has not gone on; 0 while it does. */
  function staleSince() {
    const { found, state } = page;
    if (!found || !state.hours) return 0;
    const { at } = park.live.status;
    const isSilent = at && park.live.now() - at > SILENT_MS;
    return isSilent || park.live.now() - found.end > 2.5 * REFRESH_MS[state.hours] ? found.end : 0;
  }

  function drawStale() {
    const since = staleSince();
    page.root.classList.toggle("stale", since > 0);
    const words = since ? `停更 ${draw.duration(park.live.now() - since)}，曲线止于 ${draw.time(since)}` : "";
    const line = byId("trend-head").querySelector(".trend-stale");
    if (line.textContent !== words) line.textContent = words;
  }

  /* ---- Head ---------------------------------------------------------------------------------------------------------- */

  function buildHead(box) {
    const presets = Object.entries(HOURS).map(([hours, words]) => `<button type="button" data-hours="${hours}">${words}</button>`).join("");
    const shifts = Object.entries(SHIFTS).sort(([a], [b]) => (Number(a) < 0) - (Number(b) < 0) || a - b).map(([days, words]) => `<option value="${days}">${words}</option>`).join("");
    const tool = (does, icon, words) => `<button type="button" class="button square" data-do="${does}" title="${words}" aria-label="${words}"><i class="bi bi-${icon}" aria-hidden="true"></i></button>`;
    box.className = "trend-top";
    box.innerHTML =
      `<div class="trend-line"><button type="button" class="button trend-pick-open" data-do="pick">选择测点</button><div class="segments" role="group" aria-label="时段">${presets}</div>` +
      '<form class="trend-between"><input type="datetime-local" step="1" class="input" name="start" aria-label="开始时间"><span class="muted">至</span><input type="datetime-local" step="1" class="input" name="end" aria-label="结束时间"><button class="button">查询</button></form>' +
      `<div class="trend-tools">${tool("earlier", "chevron-left", "前一时段")}${tool("later", "chevron-right", "后一时段")}${tool("in", "zoom-in", "放大 (+)")}${tool("out", "zoom-out", "缩小 (−)")}${tool("back", "arrow-counterclockwise", "返回上一时段 (退格、双击)")}</div></div>` +
      `<div class="trend-line"><select class="form-select" aria-label="对比">${shifts}</select><label class="trend-days" hidden><input type="number" class="input" min="1" max="366" aria-label="几天前"> 天前</label>` +
      '<div class="segments" role="group" aria-label="排列"><button type="button" data-view="">叠放</button><button type="button" data-view="apart">分图</button></div>' +
      '<label class="trend-tick"><input type="checkbox" data-do="limits"> 限值线</label><span class="trend-words" role="status"></span><span class="trend-stale" role="status"></span><button type="button" class="button trend-more" data-do="more" aria-expanded="false">更多</button><span class="grow"></span>' +
      '<button type="button" class="button" data-do="file"><i class="bi bi-download" aria-hidden="true"></i> 导出数据</button><button type="button" class="button" data-do="picture"><i class="bi bi-image" aria-hidden="true"></i> 存为图片</button></div>' +
      '<p class="trend-fault" role="alert" hidden></p>';
    const form = box.querySelector("form");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { start, end } = form.elements;
      go({ hours: 0, start: start.value, end: end.value }, true);
    });
    const [select, days] = [box.querySelector("select"), box.querySelector(".trend-days input")];
    select.addEventListener("change", () => {
      const chosen = Number(select.value);
      page.isOther = chosen < 0;
      if (chosen >= 0) go({ shift: chosen });
      else { drawHead(); days.focus(); }
    });
    days.addEventListener("change", () => {
      const number = Number(days.value);
      if (Number.isInteger(number) && number >= 1 && number <= 366) go({ shift: number });
      else fault({ text: "对比的天数应为 1～366 的整数。", fields: { shift: true } });
    });
    box.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-do], button[data-hours], button[data-view]");
      if (!button) return;
      const { hours, view } = button.dataset;
      if (hours) go({ hours: Number(hours), start: "", end: "" }, true);
      else if (view !== undefined) go({ view });
      else act(button.dataset.do);
    });
    box.querySelector('[data-do="limits"]').addEventListener("change", (event) => go({ limits: event.target.checked }));
  }

  function act(what) {
    const does = { earlier: () => shiftPeriod(-1), later: () => shiftPeriod(1), in: () => zoom(0.5), out: () => zoom(2), back, file, picture, pick: () => { page.root.classList.toggle("picking"); page.picker.focus(); }, more };
    if (does[what]) does[what]();
  }

  /** On a phone: the period between two times, the comparison, the files. */
  function more() {
    const isOpen = page.root.classList.toggle("more");
    const button = byId("trend-head").querySelector(".trend-more");
    button.textContent = isOpen ? "收起" : "更多";
    button.setAttribute("aria-expanded", String(isOpen));
  }

  function drawHead() {
    const box = byId("trend-head");
    const { state, found } = page;
    for (const one of box.querySelectorAll("button[data-hours], button[data-view]")) {
      const isOn = one.dataset.hours ? Number(one.dataset.hours) === state.hours : one.dataset.view === state.view;
      one.classList.toggle("on", isOn);
      one.setAttribute("aria-pressed", String(isOn));
    }
    const { start, end } = box.querySelector("form").elements;
    if (found && document.activeElement !== start && document.activeElement !== end) {
      start.value = state.hours || !state.start ? trend.local(found.start) : trend.local(trend.instant(state.start));
      end.value = state.hours || !state.end ? trend.local(found.end) : trend.local(trend.instant(state.end));
    } else if (!state.hours && !found) {
      start.value = state.start.slice(0, 19);
      end.value = state.end.slice(0, 19);
    }
    const isListed = String(state.shift) in SHIFTS && !page.isOther;
    box.querySelector("select").value = isListed ? String(state.shift) : "-1";
    box.querySelector(".trend-days").hidden = isListed;
    if (!isListed && document.activeElement !== box.querySelector(".trend-days input")) box.querySelector(".trend-days input").value = state.shift || "";
    box.querySelector('[data-do="limits"]').checked = state.limits;
    box.querySelector('[data-do="back"]').disabled = !page.back.length;
    const isFuture = !found || found.end >= park.live.now() - 1000;
    box.querySelector('[data-do="later"]').disabled = isFuture;
    for (const name of ["file", "picture", "in", "out", "earlier"]) box.querySelector(`[data-do="${name}"]`).disabled = !found;
    const arranged = found && found.arrangement === "units" ? " · 单位多于两种，按单位分图" : "";
    box.querySelector(".trend-words").textContent = found ? `${found.grain}${arranged}` : "";
  }

  function fault({ text, fields }) {
    const box = byId("trend-head");
    const wrong = fields || {};
    const isPoints = Boolean(wrong.points);
    page.picker.fault(isPoints ? text : "");
    const line = box.querySelector(":scope > .trend-fault");
    line.hidden = !text || isPoints;
    line.textContent = text || "";
    const { start, end } = box.querySelector("form").elements;
    start.classList.toggle("wrong", Boolean(wrong.start));
    end.classList.toggle("wrong", Boolean(wrong.end));
    box.querySelector(".trend-days input").classList.toggle("wrong", Boolean(wrong.shift));
  }

  function file() {
    client.set_props("trend-file", { data: { ...page.state, key: `${Date.now()}` } });
  }

  function picture() {
    const { found } = page;
    const words = `${found.lines.map((line) => line.name).join("、")}　${trend.local(found.start).replace("T", " ")} 至 ${trend.local(found.end).replace("T", " ")}`;
    const name = `趋势_${found.lines.map((line) => line.code).join("_")}_${trend.local(found.end).replace(/[-:T]/g, "").slice(0, 12)}`;
    trend.picture(words, name).catch(() => park.shell.show({ kind: "error", text: "图片没有生成，请稍后重试。" }));
  }

  /* ---- Readout ------------------------------------------------------------------------------------------------------- */

  const reach = (line, found) => Math.max(line.longest, 1.6 * found.width) * 1000;
  const value = (number, line) => (number === null || number === undefined ? "—" : draw.number(number, line.decimals));

  function drawReadout() {
    const { found, state } = page;
    const box = byId("trend-readout");
    page.cells = [];
    if (!found) { box.replaceChildren(); return; }
    const heads = ["测点", "", ...(state.shift ? [SHIFTS[state.shift] ? { 1: "昨日", 7: "上周同日", 30: "30 天前" }[state.shift] : `${state.shift} 天前`, "差"] : []), "最小", "平均", "最大", "数据完整"];
    const table = draw.element(`<table class="trend-table"><thead><tr>${heads.map((head, i) => `<th${i ? ' class="num"' : ""}>${head}</th>`).join("")}</tr></thead><tbody></tbody></table>`);
    page.cursorHead = table.querySelectorAll("th")[1];
    found.lines.forEach((line, place) => {
      const cells = state.shift ? '<td class="num cursor"></td><td class="num before"></td><td class="num change"></td>' : '<td class="num cursor"></td>';
      const complete = line.complete === null ? "没有数据" : `${draw.number(Math.floor(line.complete * 1000) / 10, 1)} %`;
      const link = line.tank ? `<a href="/tanks?tank=${encodeURIComponent(line.tank)}">${draw.escape(line.name)}</a>` : draw.escape(line.name);
      const row = draw.element(
        `<table><tbody><tr><th scope="row"><i class="trend-mark"></i>${link} <small>${draw.escape(line.unit)}</small></th>${cells}` +
        `<td class="num">${value(line.low, line)}</td><td class="num">${value(line.mean, line)}</td><td class="num">${value(line.high, line)}</td><td class="num muted">${complete}</td></tr></tbody></table>`).querySelector("tr");
      row.querySelector(".trend-mark").style.background = `var(--${page.colours[place % page.colours.length]})`;
      page.cells.push(Object.fromEntries(["cursor", "before", "change"].map((name) => [name, row.querySelector(`.${name}`)])));
      table.tBodies[0].append(row);
    });
    box.replaceChildren(table);
    readAt(page.cursor);
  }

  /** The values at that time; without one, the newest. */
  function readAt(ms) {
    const { found, state } = page;
    page.cursor = ms;
    if (!found || !page.cursorHead) return;
    page.cursorHead.textContent = ms === null ? "最新" : draw.time(ms);
    found.lines.forEach((line, place) => {
      const at = ms === null ? line.now.t[line.now.t.length - 1] || found.end : ms;
      const here = trend.near(line.now, at, reach(line, found));
      const before = trend.near(line.before, at, reach(line, found));
      const cells = page.cells[place];
      cells.cursor.textContent = value(here && here.v, line);
      const isOld = ms === null && state.hours > 0 && here && found.end - here.t > line.longest * 1000;
      cells.cursor.classList.toggle("stale", Boolean(isOld));
      if (isOld) cells.cursor.insertAdjacentHTML("beforeend", `<small>停更 ${draw.escape(draw.duration(found.end - here.t))}</small>`);
      cells.cursor.title = here ? `${draw.time(here.t)} ${line.unit}` : "这里没有数据";
      if (!cells.before) return;
      cells.before.textContent = value(before && before.v, line);
      const change = here && before ? here.v - before.v : null;
      cells.change.textContent = change === null ? "—" : `${change > 0 ? "+" : change < 0 ? "−" : ""}${draw.number(Math.abs(change), line.decimals)}`;
    });
    trend.place(ms);
  }

  /* ---- Alarms -------------------------------------------------------------------------------------------------------- */

  function drawAlarms() {
    const { found } = page;
    const box = byId("trend-alarms");
    if (!found) { box.replaceChildren(); return; }
    const list = [...found.alarms].sort((a, b) => b.begin - a.begin);
    const rows = list.map((alarm) => {
      const limit = alarm.limit === null ? "" : ` · 限值 ${draw.number(alarm.limit, alarm.decimals)} ${draw.escape(alarm.unit)}`;
      const lasted = alarm.end ? `历时 ${draw.duration(alarm.end - alarm.begin)}` : "仍在持续";
      return `<li><a href="/alarms?id=${Number(alarm.id)}">${draw.symbol(alarm.level, { state: alarm.state, size: 18 })}<time>${draw.escape(draw.time(alarm.begin))}</time><b>${draw.escape(`${alarm.name} ${alarm.words}`)}</b><span>${draw.escape(lasted)}${limit} · ${draw.escape(alarm.state_word)}</span></a></li>`;
    });
    box.innerHTML = `<h3>本时段报警 <small>${list.length ? `${list.length} 条，点选打开` : "没有"}</small></h3><ul>${rows.join("")}</ul>`;
  }

  /* ---- Keys ---------------------------------------------------------------------------------------------------------- */

  function onKey(event) {
    const { found } = page || {};
    if (!found || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = Math.max(found.width * 1000, (found.end - found.start) / 200) * (event.shiftKey ? 10 : 1);
    const at = page.cursor ?? found.end;
    const keys = {
      ArrowLeft: () => readAt(Math.max(found.start, at - step)), ArrowRight: () => readAt(Math.min(found.end, at + step)),
      Home: () => readAt(found.start), End: () => readAt(found.end), "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), Backspace: back, Escape: () => readAt(null),
      Enter: () => { const here = found.alarms.find((alarm) => alarm.begin <= at && (alarm.end || found.end) >= at); if (here) park.shell.go(`/alarms?id=${here.id}`); },
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  /* ---- Begin --------------------------------------------------------------------------------------------------------- */

  const does = {
    moved: (ms) => page && readAt(ms),
    drawn: () => page && trend.place(page.cursor),
    zoomed: (start, end) => go(end - start < SHORTEST_MS ? period((start + end - SHORTEST_MS) / 2, (start + end + SHORTEST_MS) / 2) : period(start, end), true),
    back: () => back(),
    opened: (alarm) => park.shell.go(`/alarms?id=${Number(alarm)}`),
  };

  function start(facts) {
    const root = byId("trend");
    if (!root || !byId("trend-stage") || !park.live || !park.shell || !client.set_props) { setTimeout(start, 50, facts); return; }
    if (page && page.root === root) return;
    page = { ...facts, root, state: { ...facts.state }, found: null, cursor: null, back: [], cells: [], askedAt: 0, isOther: false };
    buildHead(byId("trend-head"));
    page.picker = trend.picker(byId("trend-side"), page, () => { tellAddress(); ask(); });
    drawHead();
    const stage = byId("trend-stage");
    stage.setAttribute("aria-label", "曲线：左右键移动光标，加减键缩放，退格返回，回车打开光标处的报警");
    stage.addEventListener("keydown", onKey);
    tellAddress();
    ask();
    park.live.attach(root, { alarms() { if (!page.state.points.length) suggest(); }, tick() {
      const { hours, points } = page.state;
      drawStale();
      if (hours && points.length && Date.now() - page.askedAt > REFRESH_MS[hours] && !document.hidden) ask();
    } });
  }

  pages.trend = (facts) => { if (facts) start(facts); return client.no_update; };
  pages.trend_found = (found) => {
    if (!found || !page || !page.root.isConnected || found.key !== page.key) return;
    byId("trend-box").classList.remove("waiting");
    if (found.text) { fault({ text: found.text, fields: found.faults }); return; }
    page.found = found;
    if (found.missing.length) page.picker.fault(`没有测点 ${found.missing.join("、")}，或不在您的数据范围内。`);
    drawHead();
    drawReadout();
    drawAlarms();
    requestAnimationFrame(() => trend.watch(does));
  };
})();
