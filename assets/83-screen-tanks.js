/* The screen of tanks: what is abnormal large at the left, everything else small by installation, worst first; and the small grid of
 * very wide park screens. Tanks are read and drawn by the functions of the desk (55-tank-tile.js, 40-draw.js).
 */
(function () {
  "use strict";
  const park = window.park;
  const { screen, draw, tanks } = park;
  const { el, put, dress, panels } = screen;
  const levelOf = (reading) => (reading.alarm ? reading.alarm.level : 0);
  const isWaiting = (reading) => reading.alarm && reading.alarm.state === "unacknowledged";
  const isAbnormal = (reading) => Boolean(reading.alarm) || reading.silent;

  /** Worst first: unanswered before answered, level, silence, then the rest as people count. */
  function order(a, b) {
    const rank = (one) => (one.alarm ? levelOf(one) * 2 + (isWaiting(one) ? 0 : 1) : one.silent ? 10 : one.isOut ? 12 : 11);
    return rank(a) - rank(b);
  }

  /** The measured value that stands large: that of the alarm, else the level. */
  function leading(reading) {
    const { alarm, points, main } = reading;
    return (alarm && points.find((one) => one.point.id === alarm.source_id && alarm.source_type === "point")) || main;
  }

  const firmOf = (facts, tank) => facts.enterprises[tank.enterprise].short || facts.enterprises[tank.enterprise].name;
  const areaOf = (facts, tank) => facts.installations[tank.installation].name;
  const number = (read) => (read && read.known ? draw.number(read.value, read.point.decimals) : "—");

  /** 低 2.00　高 11.30 of a point, those that are set. */
  function limitWords({ limits, decimals, unit }) {
    const found = [["低", limits.l ?? limits.ll], ["高", limits.h ?? limits.hh]].filter(([, limit]) => limit !== null && limit !== undefined);
    return found.length ? `${found.map(([word, limit]) => `${word} ${draw.number(limit, decimals)}`).join("　")} ${unit}` : "未设限值";
  }

  /* ---- One abnormal tank, large ------------------------------------------------------------------------------------------- */

  function large(tank, facts, isFirst) {
    const size = isFirst ? { width: 250, height: 272, font: 24 } : { width: 190, height: 214, font: 22 };
    const vessel = tanks.vessel(tank, size);
    const symbol = el("span", "");
    const [state, value, unit, limit, age, of] = [el("b", "screen-kind screen-cut"), el("b", ""), el("small", ""), el("span", "screen-limit"), el("b", ""), el("span", "")];
    const doing = el("span", "screen-doing");
    const spark = isFirst ? draw.element(draw.spark([], null, { width: 300, height: 96 })) : null;
    const facts2 = el("div", "screen-tank-facts",
      el("div", "screen-tank-name", symbol, el("b", "", tank.code), el("span", "screen-cut", tank.name)),
      el("span", "screen-cut screen-muted", `${firmOf(facts, tank)} · ${areaOf(facts, tank)}`),
      state, doing, el("div", "screen-tank-value", value, unit), el("div", "screen-tank-foot", limit, isFirst ? null : el("span", "screen-tank-age", of, age)));
    const side = isFirst ? el("div", "screen-tank-side", of, age, spark, el("span", "screen-muted", "近 2 小时")) : null;
    const node = el("article", "", vessel.node, facts2, side);
    const slot = tanks.symbolSlot(symbol, isFirst ? 52 : 36);
    return {
      node,
      renew(reading, now, sparks) {
        const { alarm, silent, at } = reading;
        const lead = leading(reading);
        vessel.renew(reading);
        slot(tanks.symbolLook(alarm), alarm);
        dress(node, `screen-tank ${isFirst ? "first" : ""} ${alarm ? `alarmed level-${alarm.level} ${alarm.state || "standing"}` : ""} ${silent ? "silent" : ""}`);
        put(state, alarm ? `${tanks.subject(tank, alarm) || (lead ? lead.point.label : "")}${alarm.kind_word}` : "停更");
        put(doing, alarm ? `${alarm.state_word}${reading.more ? `　另 ${reading.more} 条` : ""}` : "");
        put(value, number(lead));
        put(unit, lead ? lead.point.unit : "");
        put(limit, alarm && alarm.limit !== undefined && alarm.limit !== null ? `限值 ${draw.number(alarm.limit, lead ? lead.point.decimals : 2)}` : lead ? limitWords(lead.point) : "");
        put(of, silent ? "停更" : alarm && alarm.cleared ? "已恢复" : "已持续");
        put(age, silent ? (at ? draw.duration(now - at) : "无数据") : alarm && alarm.raised ? draw.duration(now - (alarm.cleared || alarm.raised)) : "");
        const values = spark && lead && sparks && sparks.values[lead.point.id];
        if (spark) draw.spark.set(spark, { values: values || [], limit: alarm && alarm.limit, state: alarm ? `level-${alarm.level}` : "stale" });
      },
    };
  }

  /** A tank that is silent and nothing else: one line in half the height. */
  function line(tank, facts) {
    const [age, last] = [el("b", ""), el("span", "")];
    const node = el("article", "screen-tank silent line", el("div", "", el("b", "", tank.code), el("span", "", tank.name), el("div", "screen-cut", firmOf(facts, tank), last)), el("div", "screen-end", el("span", "", "停更"), age));
    return { node, renew(reading, now) { put(age, reading.at ? draw.duration(now - reading.at) : "无数据"); put(last, reading.at ? `　末值 ${draw.time(reading.at)}` : "　尚未收到数据"); } };
  }

  panels.abnormal = function (facts) {
    const node = el("section", "screen-abnormal");
    const [head, box] = [el("h2", ""), el("div", "screen-tiles")];
    node.append(head, box);
    const made = new Map();
    let arranged = "";
    let sparks = null;

    function arrange(list) {
      const isFirst = list.length > 0 && levelOf(list[0]) === 1 && isWaiting(list[0]);
      node.classList.toggle("few", list.length > 0 && list.length <= 3 && !isFirst);
      const columns = Math.max(1, Math.floor(node.clientWidth / 480));
      const rows = Math.max(1, Math.floor((node.clientHeight - 60) / 266));
      const room = Math.max(1, columns * rows - (isFirst ? columns : 0) + (isFirst ? 1 : 0));
      const alarmed = list.filter((one) => one.alarm);
      const silent = list.filter((one) => !one.alarm);
      const cells = Math.min(alarmed.length, room);
      const lines = Math.max(0, Math.min(silent.length, (room - cells) * 2));
      const chosen = [...alarmed.slice(0, cells), ...silent.slice(0, lines)];
      const look = `${isFirst}${columns}/${rows}${chosen.map((one) => `${one.tank.id}${Boolean(one.alarm)}`)}`;
      if (look !== arranged) {
        arranged = look;
        made.clear();
        chosen.forEach((one, i) => made.set(one.tank.id, one.alarm ? large(one.tank, facts.tanks, isFirst && i === 0) : line(one.tank, facts.tanks)));
        box.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
        box.style.gridTemplateRows = `repeat(${rows * 2}, minmax(0, 1fr))`;
        box.replaceChildren(...[...made.values()].map((one) => one.node));
      }
      return list.length - chosen.length;
    }

    function renew() {
      const now = park.live.now();
      const readings = screen.readTanks(facts.tanks);
      const list = readings.filter(isAbnormal).sort(order);
      const left = arrange(list);
      for (const reading of list) { const one = made.get(reading.tank.id); if (one) one.renew(reading, now, sparks); }
      const count = (test) => readings.filter(test).length;
      const parts = [[1, "高高、低低", count((one) => levelOf(one) === 1)], [2, "高、低", count((one) => levelOf(one) === 2)]].filter(([, , n]) => n);
      const words = parts.map(([level, word, n]) => `<span class="level-${level} screen-count">${draw.symbol(level, { state: readings.some((one) => levelOf(one) === level && isWaiting(one)) ? "unacknowledged" : "acknowledged", size: 34 })}${word} ${n}</span>`);
      const silent = count((one) => one.silent);
      const text = list.length ? `<b>异常 ${list.length}</b>${words.join("")}${silent ? `<span class="screen-stale">停更 ${silent}</span>` : ""}${left ? `<span class="screen-muted">另有 ${left} 个未列出</span>` : ""}` : "<b>没有异常储罐</b>";
      if (head.dataset.look !== text) { head.dataset.look = text; head.innerHTML = text; }
      node.classList.toggle("none", !list.length);
    }
    return { node, points: (ids) => ids === null && renew(), alarms: renew, tick: renew, figures(found) { sparks = found.sparks; renew(); } };
  };

  /* ---- All others, small ---------------------------------------------------------------------------------------------------- */

  /** A tank in little: its drawing, value and unit, and its limits: as words, or where there are very many as a range bar. */
  function small(tank, isTiny) {
    const vessel = tanks.vessel(tank, isTiny ? { width: 44, height: 66, marks: false } : { width: 70, height: 96, marks: false });
    const main = tank.points.find((point) => point.quantity === "level") || tank.points[0];
    const [value, unit, mark] = [el("b", ""), el("small", ""), el("span", "screen-mark")];
    const range = isTiny && main ? draw.element(draw.range({ low: main.low, high: main.high, ...main.limits, width: 96 })) : null;
    const limit = range ? null : el("span", "screen-cut screen-limit", main ? limitWords(main) : "没有测点");
    const node = el("article", "", vessel.node, el("div", "screen-small-facts", el("div", "", el("b", "", tank.code), mark), isTiny ? null : el("span", "screen-cut screen-muted", tank.medium), el("div", "screen-small-value", value, unit), range || limit));
    return {
      node,
      renew(reading, marksSimulated) {
        const { isOut } = reading;
        const isSimulated = marksSimulated && reading.kinds.has("simulated");
        vessel.renew(reading);
        dress(node, `screen-small ${isTiny ? "tiny" : ""} ${isOut ? tank.state : ""} ${isSimulated ? "simulated" : ""}`);
        put(mark, isOut ? tank.state_word : isSimulated ? "模拟" : "");
        put(value, isOut ? "—" : number(reading.main));
        put(unit, reading.main ? ` ${reading.main.point.unit}` : "");
        if (range) draw.range.set(range, { value: !isOut && reading.main && reading.main.known ? reading.main.value : null });
        if (limit && isOut && tank.until) put(limit, `计划至 ${draw.time(tank.until).replace(/:\d\d$/, "")}`);
      },
    };
  }

  const GAP = 12;
  const ROOMY = { width: 296, head: 40, least: 112, most: 150 };
  const TINY = { width: 158, height: 82 };
  const PAGE_MS = 12000;

  /** How many rows of tiles and of heads groups of these sizes take in so many columns; small groups share a row. */
  function rowsOf(sizes, columns) {
    let [heads, tiles, used, tallest] = [0, 0, columns, 0];
    for (const size of sizes) {
      const span = Math.min(size, columns);
      if (used + span > columns) { heads += 1; tiles += tallest; used = 0; tallest = 0; }
      used += span;
      tallest = Math.max(tallest, Math.ceil(size / span));
    }
    return { heads, tiles: tiles + tallest };
  }

  /** How these groups are laid out in that room: {isTiny, columns, tile} with the height of a tile, and `pages` of groups or cells. */
  function layoutOf(groups, wide, high) {
    const sizes = groups.map((one) => one.list.length);
    const least = Math.max(1, Math.floor((wide + GAP) / (ROOMY.width + GAP)));
    const { heads, tiles } = rowsOf(sizes, least);
    const tile = (high - heads * ROOMY.head - (heads + tiles) * GAP) / Math.max(1, tiles);
    if (tile >= ROOMY.least) return { isTiny: false, columns: least, tile: Math.min(tile, ROOMY.most), pages: [groups] };
    const columns = Math.max(1, Math.floor((wide + 8) / (TINY.width + 8)));
    const rows = Math.max(1, Math.floor((high + 8) / (TINY.height + 8)));
    const cells = groups.flatMap((group) => [{ group }, ...group.list.map((reading) => ({ reading }))]);
    const pages = [];
    for (let i = 0; i < cells.length; i += columns * rows) pages.push(cells.slice(i, i + columns * rows));
    return { isTiny: true, columns, tile: TINY.height, pages };
  }

  panels.all = function (facts) {
    const node = el("section", "screen-all");
    const [head, box] = [el("h2", ""), el("div", "screen-groups")];
    node.append(head, box);
    const definitions = facts.tanks;
    const isMixed = new Set(definitions.tanks.map((tank) => tank.points.some((point) => point.simulated))).size > 1;
    const made = { true: new Map(), false: new Map() };
    const tileOf = (tank, isTiny) => {
      const known = made[isTiny];
      if (!known.has(tank.id)) known.set(tank.id, small(tank, isTiny));
      return known.get(tank.id);
    };
    let [arranged, layout, turnedAt, page] = ["", { pages: [[]] }, performance.now(), 0];

    /** Groups of an installation each, those with something abnormal first: {all, list: what is not shown large}. */
    function grouped(readings) {
      const found = new Map();
      for (const reading of readings) found.set(reading.tank.installation, [...(found.get(reading.tank.installation) || []), reading]);
      const rank = (group) => (group.all.some(isAbnormal) ? 0 : 1);
      return [...found.values()].map((all) => ({ all, list: all.filter((one) => !isAbnormal(one)).sort(order) })).sort((a, b) => rank(a) - rank(b)).filter((one) => one.list.length);
    }

    function title(group) {
      const { tank } = group.all[0];
      const there = `${group.all.filter(screen.isThere).length}/${group.all.length}`;
      return [el("b", "screen-cut", areaOf(definitions, tank)), el("small", "screen-cut", `${there} ${firmOf(definitions, tank)}`)];
    }

    function fill() {
      box.style.setProperty("--columns", layout.columns);
      box.style.setProperty("--tile", `${Math.floor(layout.tile)}px`);
      dress(box, `screen-groups ${layout.isTiny ? "tiny" : ""}`);
      const shown = layout.pages[page] || [];
      box.replaceChildren(...(layout.isTiny
        ? shown.map((cell) => (cell.group ? el("h3", "", ...title(cell.group)) : tileOf(cell.reading.tank, true).node))
        : shown.map((group) => {
          const section = el("section", "screen-group", el("h3", "", ...title(group)), ...group.list.map((one) => tileOf(one.tank, false).node));
          section.style.setProperty("--span", Math.min(group.list.length, layout.columns));
          return section;
        })));
    }

    function renew() {
      const readings = screen.readTanks(definitions);
      const groups = grouped(readings);
      const look = `${node.clientWidth}/${node.clientHeight}/${groups.map((one) => `${one.list.map((each) => each.tank.id)}:${one.all.filter(screen.isThere).length}`).join("|")}`;
      if (look !== arranged) {
        arranged = look;
        layout = layoutOf(groups, node.clientWidth, node.clientHeight - 60);
        page = Math.min(page, Math.max(0, layout.pages.length - 1));
        turnedAt = performance.now();
        fill();
      } else if (layout.pages.length > 1 && performance.now() - turnedAt > PAGE_MS) {
        page = (page + 1) % layout.pages.length;
        turnedAt = performance.now();
        fill();
      }
      for (const reading of readings) if (made[layout.isTiny].has(reading.tank.id)) made[layout.isTiny].get(reading.tank.id).renew(reading, isMixed);
      const count = (test) => readings.filter(test).length;
      const more = [["正常", count((one) => !isAbnormal(one) && !one.isOut)], ["检修、停用", count((one) => one.isOut)], ["模拟", isMixed ? count((one) => one.kinds.has("simulated")) : 0]].filter(([, n]) => n).map(([word, n]) => `${word} ${n}`).join("　");
      const pages = layout.pages.length > 1 ? `<span class="screen-muted screen-far">第 ${page + 1}/${layout.pages.length} 页</span>` : "";
      const text = `<b>在线 ${count(screen.isThere)}<small>/${readings.length}</small></b><span class="screen-muted">${more}</span>${pages}`;
      if (head.dataset.look !== text) { head.dataset.look = text; head.innerHTML = text; }
    }
    return { node, alarms: renew, tick: renew, points: (ids) => ids === null && renew() };
  };

  /* ---- The grid of very wide park screens -------------------------------------------------------------------------------------- */

  panels.tanks = function (facts) {
    const { node, body, note } = screen.panel("储罐", "screen-grid-tanks");
    const box = el("div", "screen-minis");
    const rest = el("p", "screen-rest");
    body.append(box, rest);
    const made = new Map();
    const mini = (tank) => {
      if (!made.has(tank.id)) {
        const vessel = tanks.vessel(tank, { width: 66, height: 74, marks: false });
        made.set(tank.id, { vessel, one: el("div", "", vessel.node, el("b", "", tank.code)) });
      }
      return made.get(tank.id);
    };
    return {
      node,
      tick() {
        const readings = screen.readTanks(facts.tanks);
        note(`${readings.filter(screen.isThere).length}/${readings.length} 在线`);
        const room = Math.max(1, Math.floor((body.clientWidth - 36 + 8) / 120)) * Math.max(1, Math.floor((body.clientHeight - 44) / 126));
        const chosen = readings.length <= room ? readings : [...readings].sort(order).slice(0, room);
        const nodes = chosen.map((reading) => {
          const { vessel, one } = mini(reading.tank);
          vessel.renew(reading);
          dress(one, `screen-mini ${reading.alarm ? `alarmed level-${reading.alarm.level} ${reading.alarm.state || ""}` : ""} ${reading.silent ? "silent" : ""} ${reading.isOut ? "out" : ""}`);
          return one;
        });
        if (nodes.length !== box.children.length || nodes.some((one, i) => box.children[i] !== one)) box.replaceChildren(...nodes);
        put(rest, readings.length > chosen.length ? `另有 ${readings.length - chosen.length} 个正常，未列出` : "");
      },
    };
  };
})();
