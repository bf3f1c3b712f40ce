/* One tank as it is now: what is read of it, and its card and its table row, which change only what moved. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const draw = park.draw;
  const tanks = (park.tanks = park.tanks || {});

  const SILENT_PERIODS = 3;
  const UNCERTAIN = 64; // the quality of a value whose time was replaced
  // As in data/value_quality.py: the code, its word and what it means.
  const FAULTS = {
    silent: ["停更", "超过三个上报周期没有数据"], clock: ["时钟", "采集时间与到达时间不符，设备时钟可能有误"],
    jumping: ["跳变", "近 15 分钟内多次大幅跳动，接线或仪表可能有故障"], flat: ["平直", "数值长时间一成不变，仪表可能卡住"],
  };
  const LIMIT_OF = { low_low: "ll", low: "l", high: "h", high_high: "hh" };
  const KIND_WORDS = { low_low: "低低报", low: "低报", high: "高报", high_high: "高高报" };
  const SILENT_KINDS = new Set(["no_data", "gateway_lost"]);
  const levelOf = (state) => (state === "high_high" || state === "low_low" ? 1 : state ? 2 : 0);

  /* ---- What is read of a tank ------------------------------------------------------------------------------------- */

  /** A point now: {value, at, silent, known, state}. A value older than three periods is silent and has no state. */
  tanks.readPoint = function (point, now) {
    const live = park.live.points.get(point.id);
    const silent = !live || now - live.t > SILENT_PERIODS * 1000 * point.period;
    return { point, known: Boolean(live), value: live ? live.v : null, at: live ? live.t : 0, silent, state: live && !silent ? live.s || "" : "", faults: faultsOf(point, live, silent) };
  };

  /** What is wrong with a value, [code…]: silence is seen here from second to second, the rest is judged by the server once a minute. */
  function faultsOf(point, live, silent) {
    const told = (tanks.quality && tanks.quality.get(point.id)) || [];
    if (silent) return told[0] === "clock" ? ["clock"] : ["silent"]; // values that keep coming with the time of long ago
    const found = told.filter((code) => code !== "silent");
    return live.q <= UNCERTAIN && !found.includes("clock") ? ["clock", ...found] : found;
  }

  /** The word at a value that may not be believed, and what it means: {word, why}, or null. */
  tanks.fault = function (read) {
    const [first] = read.faults;
    if (!first || (first === "silent" && !read.known)) return null;
    return { word: FAULTS[first][0], why: read.faults.map((code) => FAULTS[code][1]).join("；") };
  };

  /** The tank now. `alarms` are its open ones, most urgent first.
   *  kinds: which counters of the page it belongs to; alarm: the one that leads, or a state without an alarm's answer. */
  tanks.read = function (tank, alarms, now) {
    const points = tank.points.map((point) => tanks.readPoint(point, now));
    const main = points.find((one) => one.point.quantity === "level") || points[0] || null;
    const isOut = tank.state !== "in_service";
    const silent = !isOut && (!main || main.silent);
    const measured = alarms.filter((alarm) => !SILENT_KINDS.has(alarm.kind));
    const worst = points.filter((one) => one.state).sort((a, b) => levelOf(a.state) - levelOf(b.state))[0];
    const unanswered = worst && { level: levelOf(worst.state), state: "", kind: worst.state, kind_word: KIND_WORDS[worst.state], state_word: "", source_type: "point", source_id: worst.point.id };
    const alarm = measured[0] || (isOut ? null : unanswered) || null;
    const at = points.reduce((newest, one) => Math.max(newest, one.at), 0);
    const kinds = new Set();
    if (alarm) kinds.add(alarm.level === 1 ? "urgent" : "important");
    if (silent) kinds.add("stale");
    if (alarm || silent) kinds.add("abnormal");
    if (!isOut && !silent && points.some((one) => one.faults.length)) kinds.add("doubtful");
    if (isOut) kinds.add("maintenance");
    if (!kinds.size) kinds.add("normal");
    if (points.some((one) => one.point.simulated)) kinds.add("simulated");
    return { tank, points, main, isOut, silent, alarm, more: Math.max(0, measured.length - 1), at, kinds };
  };

  /** The share of its height to which a tank is filled, or null. */
  tanks.fraction = (tank, main) => (main && main.point.quantity === "level" && main.known && tank.height > 0 ? main.value / tank.height : null);

  /** Limits of the level as shares of the height. */
  tanks.shares = function (tank, main) {
    if (!main || main.point.quantity !== "level" || !(tank.height > 0)) return {};
    return Object.fromEntries(Object.entries(main.point.limits).filter(([, limit]) => limit !== null).map(([name, limit]) => [name, limit / tank.height]));
  };

  /** The share of its volume, from the share of its height: exact for the plain solids. */
  tanks.volumeShare = function (shape, fraction) {
    const f = Math.max(0, Math.min(1, fraction));
    if (shape === "sphere") return f * f * (3 - 2 * f);
    if (shape === "horizontal") return (Math.acos(1 - 2 * f) - (1 - 2 * f) * 2 * Math.sqrt(f - f * f)) / Math.PI;
    return f;
  };

  /** How an alarm is called on a tank's own card: its kind, after what it measures where that is not the level. */
  tanks.subject = function (tank, alarm) {
    const point = alarm.source_type === "point" && tank.points.find((one) => one.id === alarm.source_id);
    return point && point.quantity !== "level" ? point.label : "";
  };

  /** The words at the foot: how old, how long in alarm, or when it spoke last. */
  tanks.ageWords = function (reading, now) {
    const { tank, alarm, silent, isOut, at } = reading;
    if (alarm && alarm.cleared) return `已恢复 ${draw.duration(now - alarm.cleared)}`;
    if (silent) return at ? `末值 ${draw.time(at)}` : "尚无数据";
    if (alarm && alarm.raised) return `已持续 ${draw.duration(now - alarm.raised)}`;
    if (isOut && tank.until) return `计划至 ${draw.time(tank.until).replace(/:\d\d$/, "")} 恢复`;
    if (isOut) return tank.state_word;
    return `更新于 ${draw.age(now - at)}`;
  };

  /** Chips of a tank as HTML: its leading alarm, 停更, 检修; 正常 in plain words when there is none. */
  tanks.chips = function (reading, now) {
    const { tank, alarm, silent, isOut, at, more } = reading;
    const chips = [];
    if (silent) chips.push(draw.mark("stale", at ? `停更 ${draw.duration(now - at)}` : "无数据"));
    if (isOut) chips.push(draw.mark(tank.state, tank.state_word));
    if (alarm) chips.push(draw.chip(alarm, tanks.subject(tank, alarm)) + (more ? `<small class="more">+${more}</small>` : ""));
    return chips.length ? chips.join("") : '<span class="calm">正常</span>';
  };

  const classOf = (reading) => {
    const { alarm, silent, isOut, tank } = reading;
    const parts = ["tank-card"];
    if (alarm) parts.push(`level-${alarm.level}`, "alarmed", alarm.state || "standing");
    if (silent) parts.push("stale");
    if (isOut) parts.push(tank.state);
    return parts.join(" ");
  };

  /* ---- Writing only what changed ---------------------------------------------------------------------------------- */

  const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
  const dress = (node, name) => { if (node.className !== name) node.className = name; };
  tanks.put = put;
  tanks.dress = dress;

  /** A function that calls `change` only when what it is given differs from last time. */
  tanks.whenNew = function (change) {
    let seen;
    return (look, ...rest) => { if (look !== seen) { seen = look; change(look, ...rest); } };
  };

  function html(node, text) { node.innerHTML = text; }

  /** One value: label, number, unit, range bar. Keeps its nodes and moves the pointer. */
  tanks.valueRow = function (point, { width = 76, big = false } = {}) {
    const { low, high, limits } = point;
    const node = draw.element(
      `<div class="value-row${big ? " big" : ""}"><span class="value-label" title="${draw.escape(point.name)}">${draw.escape(point.label)}</span>` +
      `<span class="value-quality"></span><span class="value-number"></span><span class="value-unit">${draw.escape(point.unit)}</span>${draw.range({ low, high, ...limits, width })}</div>`);
    const number = node.querySelector(".value-number");
    const range = node.querySelector("svg");
    const quality = node.querySelector(".value-quality");
    const base = node.className;
    return {
      node,
      renew(read, isOut) {
        const state = read.silent ? "stale" : read.state;
        const level = isOut ? 0 : levelOf(read.state);
        put(number, read.known ? draw.number(read.value, point.decimals) : "—");
        dress(node, base + (level ? ` level-${level} broken` : "") + (read.silent ? " silent" : ""));
        const fault = isOut ? null : tanks.fault(read);
        put(quality, fault ? fault.word : "");
        if (quality.title !== (fault ? fault.why : "")) quality.title = fault ? fault.why : "";
        draw.range.set(range, { value: read.known ? read.value : null, state: isOut ? "stale" : state });
      },
    };
  };

  const brokenOf = (reading) => (reading.main && reading.main.point.quantity === "level" && !reading.isOut ? LIMIT_OF[reading.main.state] || "" : "");
  const vesselState = (reading) => (reading.silent ? "stale" : reading.tank.state === "maintenance" ? "maintenance" : "");

  /** A tank's drawing that follows it: {node, renew(reading)}. */
  tanks.vessel = function (tank, size) {
    const main = tank.points.find((point) => point.quantity === "level");
    const limits = main ? tanks.shares(tank, { point: main }) : {};
    const node = draw.element(draw.tank({ shape: tank.shape, limits, ...size }));
    return { node, renew: (reading) => draw.tank.set(node, { fraction: tanks.fraction(tank, reading.main), limits, broken: brokenOf(reading), state: vesselState(reading) }) };
  };

  /** The symbol of the leading alarm; drawn again only when it changes, so that it keeps its phase. */
  tanks.symbolSlot = function (node, size) {
    return tanks.whenNew((look, alarm) => html(node, alarm ? draw.symbol(alarm.level, { state: alarm.state || "acknowledged", size }) : ""));
  };
  tanks.symbolLook = (alarm) => (alarm ? `${alarm.level}${alarm.state}` : "");

  /* ---- Card ------------------------------------------------------------------------------------------------------- */

  tanks.card = function (tank) {
    const simulated = tank.points.some((point) => point.simulated) ? draw.mark("simulated", "模拟") : "";
    const node = draw.element(
      `<article class="tank-card" tabindex="0" role="button" data-id="${Number(tank.id)}" data-code="${draw.escape(tank.code)}">` +
      `<header><span class="card-symbol"></span><b>${draw.escape(tank.code)}</b><span class="card-name" title="${draw.escape(`${tank.name} · ${tank.medium}`)}">${draw.escape(tank.name)}</span>${simulated}<span class="card-chips"></span></header>` +
      `<div class="card-body"><div class="card-vessel"></div><div class="card-values"></div></div>` +
      `<footer>${draw.spark([])}<span class="card-span">近2小时</span><span class="card-age"></span></footer></article>`);
    const at = (selector) => node.querySelector(selector);
    const vessel = tanks.vessel(tank, { width: 104, height: 132 });
    at(".card-vessel").append(vessel.node);
    const rows = tank.points.map((point, i) => tanks.valueRow(point, { big: i === 0 && point.quantity === "level" }));
    at(".card-values").append(...rows.map((row) => row.node));
    const symbol = tanks.symbolSlot(at(".card-symbol"), 22);
    const chips = tanks.whenNew((look) => html(at(".card-chips"), look));
    const spark = tanks.whenNew((look, state, values, limit) => draw.spark.set(at(".spark"), { values, limit, state }));
    const spoken = tanks.whenNew((look) => node.setAttribute("aria-label", look));
    let reading = null;

    function renewSpark(minutes) {
      const { main, silent, isOut } = reading;
      if (!main || isOut || !minutes) { spark("none", "", [], null); return; }
      const broken = brokenOf(reading);
      const level = levelOf(main.state);
      const values = main.silent ? minutes.values : [...minutes.values, main.value];
      const { limits } = main.point;
      const limit = broken ? limits[broken] : limits.h ?? limits.hh;
      spark(`${minutes.start}/${main.silent}/${main.value}/${broken}`, silent ? "stale" : level ? `level-${level}` : "", values, limit);
    }

    return {
      node, tank,
      renew(next, now, minutes, selected) {
        reading = next;
        dress(node, classOf(reading) + (selected ? " selected" : ""));
        symbol(tanks.symbolLook(reading.alarm), reading.alarm);
        chips(tanks.chips(reading, now));
        put(at(".card-age"), tanks.ageWords(reading, now));
        vessel.renew(reading);
        reading.points.forEach((read, i) => rows[i].renew(read, reading.isOut));
        renewSpark(minutes);
        spoken(`${tank.code} ${tank.name}，${reading.alarm ? `${reading.alarm.kind_word}${reading.alarm.state_word}` : reading.silent ? "停更" : reading.isOut ? tank.state_word : "正常"}`);
      },
    };
  };

  /* ---- Table row -------------------------------------------------------------------------------------------------- */

  const COLUMNS = [["level"], ["temperature"], ["pressure"], ["combustible", "toxic", "oxygen"]];

  tanks.tableHead = () => "<tr><th>状态</th><th>罐号</th><th>名称</th><th>介质</th><th>企业</th><th>罐区</th><th class=\"num\">液位</th><th class=\"num\">温度</th><th class=\"num\">压力</th><th class=\"num\">气体</th><th class=\"num\">时间</th></tr>";

  tanks.tableRow = function (tank, facts) {
    const cell = (text) => `<td>${draw.escape(text)}</td>`;
    const node = draw.element(
      `<table><tbody><tr tabindex="0" data-id="${Number(tank.id)}" data-code="${draw.escape(tank.code)}"><td><span class="row-state"><span class="card-symbol"></span><span class="card-chips"></span></span></td>` +
      `<td><b>${draw.escape(tank.code)}</b></td>${cell(tank.name)}${cell(tank.medium)}${cell(facts.enterprise)}${cell(facts.installation)}` +
      `${COLUMNS.map(() => '<td class="num value"><span></span></td>').join("")}<td class="num muted"></td></tr></tbody></table>`).querySelector("tr");
    const values = [...node.querySelectorAll(".value")];
    const symbol = tanks.symbolSlot(node.querySelector(".card-symbol"), 20);
    const chips = tanks.whenNew((look) => html(node.querySelector(".card-chips"), look));
    return {
      node, tank,
      renew(reading, now, minutes, selected) {
        dress(node, classOf(reading).replace("tank-card", "tank-line") + (selected ? " selected" : ""));
        symbol(tanks.symbolLook(reading.alarm), reading.alarm);
        chips(tanks.chips(reading, now));
        COLUMNS.forEach((quantities, i) => {
          const mine = reading.points.filter((read) => quantities.includes(read.point.quantity));
          const read = mine.sort((a, b) => levelOf(b.state) - levelOf(a.state))[0];
          put(values[i].firstChild, read ? (read.known ? `${draw.number(read.value, read.point.decimals)} ${read.point.unit}` : "—") : "");
          const level = read && !reading.isOut ? levelOf(read.state) : 0;
          dress(values[i], `num value${level ? ` level-${level} broken` : ""}${read && read.silent ? " silent" : ""}`);
        });
        put(node.lastChild, tanks.ageWords(reading, now));
      },
    };
  };
})();
