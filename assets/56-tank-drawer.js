/* One tank beside the list: drawn large with its values and limits, its open alarms with their answers, its curves, its story. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const { draw } = park;
  const tanks = park.tanks;
  const byId = (id) => document.getElementById(id);
  const dash = (id, properties) => window.dash_clientside.set_props(id, properties);

  const HOURS = { 1: "1 小时", 8: "8 小时", 24: "24 小时", 168: "7 天", 720: "30 天" };
  const REFRESH_MS = { 1: 60000, 8: 240000, 24: 600000, 168: 1800000, 720: 3600000 };
  const SOONEST_MS = 10000;
  const MOST_POINTS = 1000;
  const MOST_TOGETHER = 6; // as data.trends.MOST_POINTS
  const LIMIT_WORDS = { ll: "低低", l: "低", h: "高", hh: "高高" };
  const KINDS_OF = { ll: "low_low", l: "low", h: "high", hh: "high_high" };

  let page = null;
  let at = null; // {tank, drawn, rows, vessel, …} of the tank that is open

  const drawer = (tanks.drawer = {});

  drawer.mount = function (given) { page = given; at = null; byId("tank-drawer").classList.remove("open"); };

  /** Show a tank, or nothing with null. */
  drawer.show = function (tank) {
    const root = byId("tank-drawer");
    root.classList.toggle("open", Boolean(tank));
    if (!tank) { at = null; return; }
    if (at && at.tank === tank) return;
    at = { tank, drawn: null, askedAt: 0, last: new Map(), reading: null, alarmsLook: "" };
    byId("tank-trend-box").classList.add("waiting");
    byId("tank-story").replaceChildren();
    buildHead(byId("tank-head"));
    buildNow(byId("tank-now"));
    buildTrendHead();
    drawAlarms();
    askTrend();
    askStory();
  };

  function askTrend() {
    if (!at) return;
    at.askedAt = Date.now();
    dash("tanks-ask-trend", { data: { id: at.tank.id, hours: page.state.hours, past: park.live.pastAt(), key: at.askedAt } });
  }

  function askStory() {
    if (at) dash("tanks-ask-story", { data: { id: at.tank.id, past: park.live.pastAt(), key: Date.now() } });
  }

  /** Another time is shown: curves and story begin anew. */
  drawer.again = function () { askTrend(); askStory(); };

  let soon = 0;

  /** Ask once when things have come to rest: an answer to an alarm changes several of them shortly after another. */
  function askSoon() {
    clearTimeout(soon);
    soon = setTimeout(() => page.root.isConnected && askStory(), 500);
  }

  /* ---- Head ------------------------------------------------------------------------------------------------------- */

  const isPhone = () => window.matchMedia("(max-width: 767px)").matches;
  const tall = (value) => draw.number(value, Number.isInteger(value) ? 0 : 1);

  function button(className, html, label, does) {
    const node = draw.element(`<button type="button" class="${className}">${html}</button>`);
    if (label) { node.title = label; node.setAttribute("aria-label", label); }
    node.addEventListener("click", does);
    return node;
  }

  function buildHead(box) {
    const { tank } = at;
    const enterprise = page.enterprises[tank.enterprise];
    const installation = page.installations[tank.installation];
    const facts = [enterprise.name, installation.name, `重大危险源 ${installation.level_word}`, `${tank.shape_word} ${tall(tank.volume)} m³`, tank.medium, tank.cas && `CAS ${tank.cas}`].filter(Boolean);
    const words = draw.element(
      `<div class="drawer-title"><div class="drawer-name"><span class="card-symbol"></span><h2>${draw.escape(tank.code)} ${draw.escape(tank.name)}</h2><span class="card-chips"></span></div>` +
      `<p>${draw.escape(facts.join(" · "))}</p></div>`);
    const step = (by, icon, label) => button("button square", `<i class="bi bi-chevron-${icon}"></i>`, label, () => { const next = tanks.neighbour(at.tank, by); if (next) tanks.open(next); });
    const close = button("button square drawer-close", '<i class="bi bi-x-lg"></i>', "关闭 (Esc)", () => tanks.open(null));
    box.replaceChildren(close, words, step(-1, "left", "上一罐"), step(1, "right", "下一罐"));
    at.symbol = tanks.symbolSlot(box.querySelector(".card-symbol"), 30);
    at.chips = tanks.whenNew((look) => { box.querySelector(".card-chips").innerHTML = look; });
  }

  /* ---- Values and limits ------------------------------------------------------------------------------------------ */

  function limitsTable(tank) {
    const measured = tank.points.filter((point) => Object.values(point.limits).some((limit) => limit !== null));
    if (!measured.length) return "";
    const cell = (point, name) => `<td class="num" data-point="${Number(point.id)}" data-limit="${name}">${point.limits[name] === null ? "—" : draw.number(point.limits[name], point.decimals)}</td>`;
    const rows = measured.map((point) => `<tr><th>${draw.escape(point.label)} <small>${draw.escape(point.unit)}</small></th>${Object.keys(LIMIT_WORDS).map((name) => cell(point, name)).join("")}</tr>`);
    return `<table class="limits"><thead><tr><th>限值</th>${Object.values(LIMIT_WORDS).map((word) => `<th class="num">${word}</th>`).join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
  }

  function contacts(enterprise) {
    const line = (label, name, number) => number && `<div class="contact"><span>${label}</span><span>${draw.escape(name)}</span><a href="tel:${draw.escape(number.replace(/[^\d+]/g, ""))}" data-plain="1"><i class="bi bi-telephone" aria-hidden="true"></i> ${draw.escape(number)}</a></div>`;
    return [line("24 小时值班", enterprise.short, enterprise.duty_phone), line("安全负责人", enterprise.contact, enterprise.phone)].filter(Boolean).join("");
  }

  function buildNow(box) {
    const { tank } = at;
    const first = tank.points[0];
    const period = first ? `死区 ${draw.number(first.band, first.decimals)} ${draw.escape(first.unit)} · 持续 ${first.wait} s 才报 · 超过 ${first.period * 3} s 无数据判停更` : "";
    box.innerHTML =
      '<h3>当前值 <small class="now-time"></small></h3><div class="now-body"><div class="now-vessel"><div class="now-share"></div></div><div class="now-values"></div></div>' +
      `${limitsTable(tank)}<p class="now-note">${period}</p><div class="contacts">${contacts(page.enterprises[tank.enterprise])}</div>`;
    at.vessel = tanks.vessel(tank, isPhone() ? { width: 132, height: 168, font: 12 } : { width: 262, height: 262, font: 13 });
    box.querySelector(".now-vessel").prepend(at.vessel.node);
    at.rows = tank.points.map((point, i) => {
      const row = tanks.valueRow(point, { width: 76, big: i === 0 && point.quantity === "level" });
      const change = draw.element('<span class="value-change"></span>');
      row.node.append(change);
      return { ...row, change };
    });
    box.querySelector(".now-values").append(...at.rows.map((row) => row.node));
  }

  function shareWords(tank, main) {
    const fraction = tanks.fraction(tank, main);
    if (fraction === null) return "";
    const volume = tank.volume * tanks.volumeShare(tank.shape, fraction);
    const mass = tank.density ? ` · ${draw.number(volume * tank.density, 0)} t` : "";
    return `<b>${draw.number(fraction * 100, 1)}<small> %</small></b><span>约 ${draw.number(volume, 0)} m³${mass}</span>`;
  }

  /** By how much a value changes in an hour. A gas detector has no trend worth a word: what it shows comes and goes. */
  function changeWords(point) {
    const change = at.drawn && at.drawn.changes[point.id];
    if (change === null || change === undefined || !["level", "temperature", "pressure"].includes(point.quantity)) return "";
    const text = draw.number(Math.abs(change), Math.min(point.decimals, 2));
    const isQuiet = Math.abs(change) < (point.high - point.low) * (point.quantity === "level" ? 0.005 : 0.01);
    return isQuiet ? "平稳" : `${change > 0 ? "+" : "−"}${text} ${point.unit}/h`;
  }

  /** Follow the tank: called with every new reading of it. */
  drawer.renew = function (reading, now) {
    if (!at || at.tank !== reading.tank) return;
    at.reading = reading;
    const box = byId("tank-now");
    at.symbol(tanks.symbolLook(reading.alarm), reading.alarm);
    at.chips(tanks.chips(reading, now));
    at.vessel.renew(reading);
    reading.points.forEach((read, i) => {
      at.rows[i].renew(read, reading.isOut);
      tanks.put(at.rows[i].change, read.silent ? (read.at ? `末值 ${draw.time(read.at)}` : "尚无数据") : changeWords(read.point));
    });
    tanks.put(box.querySelector(".now-time"), reading.at ? `${draw.time(reading.at)} 采集 · ${draw.age(now - reading.at)}` : "尚无数据");
    const share = shareWords(reading.tank, reading.main);
    if (at.share !== share) { at.share = share; box.querySelector(".now-share").innerHTML = share; }
    for (const cell of box.querySelectorAll(".limits td")) {
      const read = reading.points.find((one) => one.point.id === Number(cell.dataset.point));
      tanks.dress(cell, read.state === KINDS_OF[cell.dataset.limit] && !reading.isOut ? `num broken level-${/hh|ll/.test(cell.dataset.limit) ? 1 : 2}` : "num");
    }
  };

  /* ---- Alarms ----------------------------------------------------------------------------------------------------- */

  /** The open alarms of the tank have changed, or somebody answered. */
  drawer.alarms = function () {
    if (!at) return;
    const before = at.alarmsLook;
    drawAlarms();
    if (before && before !== at.alarmsLook) askSoon();
  };

  function drawAlarms() {
    const A = park.alarms;
    const list = page.alarms.get(at.tank.id) || [];
    const look = `${at.tank.id}:${list.map((alarm) => [alarm.id, alarm.state, alarm.level, alarm.kind, alarm.n, A && A.pending.has(alarm.id)].join()).join("|")}:${Boolean(park.live.past)}`;
    if (look === at.alarmsLook) return;
    at.alarmsLook = look;
    at.alarmRows = list.map(alarmCard);
    byId("tank-alarms").replaceChildren(...at.alarmRows.map((row) => row.node));
    tickAlarms();
  }

  function alarmCard(alarm) {
    const A = park.alarms;
    const subject = tanks.subject(at.tank, alarm) || (alarm.kind === "no_data" || alarm.kind === "gateway_lost" ? "" : "液位");
    const node = draw.element(
      `<section class="tank-alarm level-${Number(alarm.level)} ${draw.escape(alarm.state)}"><header>${draw.symbol(alarm.level, { state: alarm.state, size: 26 })}` +
      `<b>${draw.escape(`${subject} ${alarm.kind_word}`.trim())}</b><span class="alarm-state">${draw.escape(alarm.state_word)}</span><b class="alarm-age"></b></header><p class="alarm-words"></p><div class="alarm-acts"></div></section>`);
    const acts = node.querySelector(".alarm-acts");
    if (A && A.isWaiting(alarm) && A.may("acknowledge")) acts.append(A.confirmButton(alarm, `button ${alarm.level === 1 ? "danger" : "primary"} large confirm`, "确认报警"));
    if (A && alarm.state !== "in_progress" && A.may("handle")) acts.append(button("button large", "处置", "表示由我处置", () => A.startHandling(alarm.id, "")));
    const { duty_phone: duty } = page.enterprises[at.tank.enterprise];
    if (duty && acts.childElementCount) acts.append(draw.element(`<a class="button large" href="tel:${draw.escape(duty.replace(/[^\d+]/g, ""))}" data-plain="1" title="企业值班 ${draw.escape(duty)}"><i class="bi bi-telephone" aria-hidden="true"></i>企业</a>`));
    acts.append(draw.element(`<a class="button large" href="/alarms?id=${Number(alarm.id)}">详情</a>`));
    return { node, alarm };
  }

  function tickAlarms() {
    const A = park.alarms;
    for (const { node, alarm } of (at && at.alarmRows) || []) {
      tanks.put(node.querySelector(".alarm-age"), draw.duration((alarm.cleared || park.live.now()) - alarm.raised));
      const who = A ? A.whoText(alarm).join(" ") : "";
      const words = A ? [A.valueText(alarm), A.limitText(alarm)].filter(Boolean).join("，") : "";
      tanks.put(node.querySelector(".alarm-words"), `${words}${alarm.n > 1 ? ` · 第 ${alarm.n} 次` : ""} · ${who}`);
    }
  }

  /* ---- Curves ----------------------------------------------------------------------------------------------------- */

  function buildTrendHead() {
    const box = byId("tank-trend-head");
    box.className = "trend-head";
    box.innerHTML = `<h3>趋势 <small></small></h3><div class="segments">${Object.entries(HOURS).map(([hours, words]) => `<button type="button" data-hours="${hours}">${words}</button>`).join("")}</div><a class="button small trend-more" title="叠放其他测点、选任意时段、与昨日对比、导出"><i class="bi bi-graph-up" aria-hidden="true"></i> 趋势分析</a>`;
    box.onclick = (event) => {
      const { hours } = event.target.dataset;
      if (!hours || Number(hours) === page.state.hours) return;
      page.state.hours = Number(hours);
      if (park.shell) park.shell.state({ hours: hours === "8" ? "" : hours });
      byId("tank-trend-box").classList.add("waiting");
      markHours();
      askTrend();
    };
    markHours();
    byId("tank-trend-box").style.height = `${trendHeight()}px`;
  }

  const trendHeight = () => (isPhone() ? 150 : 190) + Math.max(0, at.tank.points.length - 1) * (isPhone() ? 76 : 86) + 46;

  function markHours() {
    for (const one of byId("tank-trend-head").querySelectorAll("[data-hours]")) {
      one.classList.toggle("on", Number(one.dataset.hours) === page.state.hours);
      one.setAttribute("aria-pressed", String(Number(one.dataset.hours) === page.state.hours));
    }
    const codes = at.tank.points.slice(0, MOST_TOGETHER).map((point) => point.code).join(",");
    byId("tank-trend-head").querySelector(".trend-more").href = `/tanks/trend?points=${encodeURIComponent(codes)}&hours=${page.state.hours}`;
  }

  /** What belongs to the figure that has just come: where its curves end, how far its axes go. */
  drawer.drawn = function (drawn) {
    if (!at || drawn.id !== at.tank.id || drawn.hours !== page.state.hours) return;
    at.drawn = drawn;
    at.last = new Map(Object.entries(drawn.until).map(([id, ms]) => [Number(id), ms]));
    const short = (ms) => draw.time(ms).replace(/:\d\d$/, "");
    // The share is of the time since the first value: what came before it is not missing, it never was.
    const since = drawn.since ? `${short(drawn.since)} 起有数据，` : "";
    const complete = drawn.complete === null ? "这段时间没有数据" : `${since}完整 ${draw.number(Math.floor(drawn.complete * 1000) / 10, 1)} %`;
    tanks.put(byId("tank-trend-head").querySelector("small"), `${short(drawn.start)} 至 ${short(drawn.end)} · ${complete}`);
    requestAnimationFrame(() => byId("tank-trend-box") && byId("tank-trend-box").classList.remove("waiting"));
    if (at.reading) drawer.renew(at.reading, park.live.now());
    drawer.points(null);
  };

  const zone = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" });

  /** New values go on at the end of their curves; one that leaves its axis asks for a new figure. */
  drawer.points = function (ids) {
    if (!at || !at.drawn) return;
    const [x, y, traces] = [[], [], []];
    let leaves = false;
    at.drawn.points.forEach((id, i) => {
      const live = (!ids || ids.includes(id)) && park.live.points.get(id);
      if (!live || live.t <= (at.last.get(id) || 0)) return;
      at.last.set(id, live.t);
      const text = zone.format(live.t);
      const level = live.s === "high_high" || live.s === "low_low" ? 1 : live.s ? 2 : 0;
      x.push([text], [text], [text]);
      y.push([live.v], [level === 2 ? live.v : null], [level === 1 ? live.v : null]);
      traces.push(3 * i, 3 * i + 1, 3 * i + 2);
      const [low, high] = at.drawn.ranges[id];
      leaves = leaves || live.v < low || live.v > high;
    });
    if (traces.length && byId("tank-trend")) dash("tank-trend", { extendData: [{ x, y }, traces, MOST_POINTS] });
    if (leaves && Date.now() - at.askedAt > SOONEST_MS) askTrend();
  };

  drawer.tick = function () {
    if (!at) return;
    tickAlarms();
    if (Date.now() - at.askedAt > REFRESH_MS[page.state.hours]) askTrend();
  };

  /* ---- Story ------------------------------------------------------------------------------------------------------ */

  const ICONS = { acknowledged: "check-lg", in_progress: "person-gear", resolved: "check2-all", closed: "check-circle", cleared: "arrow-return-left" };

  drawer.story = function ({ id, events }) {
    if (!at || id !== at.tank.id) return;
    const step = (event) => {
      const mark = ICONS[event.what] ? `<i class="bi bi-${ICONS[event.what]}" aria-hidden="true"></i>` : draw.symbol(event.level, { size: 18 });
      const value = event.value === null ? "" : ` ${draw.number(event.value, event.decimals)} ${event.unit}`;
      const limit = event.limit !== null && ["raised", "again", "worse"].includes(event.what) ? `限值 ${draw.number(event.limit, event.decimals)} ${event.unit}` : "";
      const more = [event.who, limit, event.note && `“${event.note}”`].filter(Boolean).join(" · ");
      return `<li><time>${draw.escape(draw.time(event.at))}</time>${mark}<div>${draw.escape(event.title)} ${draw.escape(event.word + value)}${more ? `<small>${draw.escape(more)}</small>` : ""}</div></li>`;
    };
    byId("tank-story").innerHTML = `<h3>报警事件 <small>近 24 小时 ${events.length ? `${events.length} 条` : "没有"}</small></h3><ol class="tank-events">${events.map(step).join("")}</ol>`;
  };

  document.addEventListener("park:answered", () => { if (at && page && page.root.isConnected) askSoon(); });
})();
