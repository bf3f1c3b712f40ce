/* The panels of the big screens that are lists and figures: open alarms by level, what runs, alarm rows, who is on duty, vehicles.
 * A panel is {node} with what it wants to hear: alarms(list), points(ids), vehicles(ids), figures(figures), tick().
 */
(function () {
  "use strict";
  const park = window.park;
  const { screen, draw } = park;
  const { el, put, dress, panels } = screen;
  const words = park.alarms;
  const LEVELS = [1, 2, 3, 4];

  /* ---- Counting, the same for the panels and for the page of walls ------------------------------------------------------ */

  /** Every tank of these definitions as it is now: the readings of 55-tank-tile.js, worst alarm first. */
  screen.readTanks = function (definitions) {
    const now = park.live.now();
    const alarms = new Map();
    for (const alarm of park.live.alarms) if (alarm.tank_id) alarms.set(alarm.tank_id, [...(alarms.get(alarm.tank_id) || []), alarm]);
    for (const mine of alarms.values()) mine.sort((a, b) => a.level - b.level || Boolean(a.cleared) - Boolean(b.cleared));
    return definitions.tanks.map((tank) => park.tanks.read(tank, alarms.get(tank.id) || [], now));
  };

  /** Every vehicle with its fix, alarm and state; `counts` of the states run, stop, off, warn, sos. */
  screen.readVehicles = function (vehicles) {
    const now = park.live.now();
    const alarms = park.map.vehicleAlarms();
    const counts = { run: 0, stop: 0, off: 0, warn: 0, sos: 0 };
    const list = vehicles.map((car) => {
      const fix = park.live.vehicles.get(car.id);
      const alarm = alarms.get(car.id);
      const state = park.map.vehicleState(fix, alarm, now);
      counts[state] += 1;
      return { car, fix, alarm, state };
    });
    return { list, counts };
  };

  const isThere = (reading) => !reading.silent && !reading.isOut;

  /** What stands on this wall in figures, for its sign of life. */
  screen.tally = function () {
    const found = words.counts(park.live.alarms);
    const said = { urgent: found[1].all, important: found[2].all, minor: found[3].all, system: found[4].all, waiting: LEVELS.reduce((sum, level) => sum + found[level].waiting, 0) };
    const facts = screen.shown && screen.facts(screen.shown.name);
    if (facts && facts.tanks) { said.tanks = screen.readTanks(facts.tanks).filter(isThere).length; said.tanks_all = facts.tanks.tanks.length; }
    if (facts && facts.map) { said.vehicles = facts.map.vehicles.length - screen.readVehicles(facts.map.vehicles).counts.off; said.vehicles_all = facts.map.vehicles.length; }
    return said;
  };

  /* ---- Open alarms by level ----------------------------------------------------------------------------------------------- */

  panels.levels = function () {
    const { node, body, note } = screen.panel("有效报警", "screen-levels");
    const rows = new Map(LEVELS.map((level) => {
      const [symbol, below, count] = [el("span", ""), el("small", ""), el("b", "")];
      const row = el("div", "", symbol, el("span", "", words.LEVELS[level], below), count);
      body.append(row);
      return [level, { row, symbol, below, count, look: "" }];
    }));
    return {
      node,
      alarms(list) {
        const found = words.counts(list);
        note(`${list.length} 条`);
        for (const [level, { all, waiting }] of Object.entries(found)) {
          const one = rows.get(Number(level));
          put(one.count, String(all));
          put(one.below, waiting ? `未确认 ${waiting}` : "");
          const isRed = level === "1" && waiting > 0;
          dress(one.row, `level-${level} ${all ? "" : "none"} ${isRed ? "red" : ""}`);
          const look = `${isRed}${waiting > 0}`;
          if (one.look === look) continue;
          one.look = look;
          one.symbol.innerHTML = draw.symbol(Number(level), { state: waiting ? "unacknowledged" : "acknowledged", size: isRed ? 64 : 40, inverted: isRed });
        }
      },
    };
  };

  /* ---- What runs ------------------------------------------------------------------------------------------------------------ */

  panels.running = function (facts) {
    const { node, body, note } = screen.panel("在线与隐患", "screen-running");
    const [tanks, vehicles, gas, dangers] = [screen.figure("储罐在线"), screen.figure("危化品车辆"), screen.figure("气体探测器在线"), screen.figure("未整改隐患", "项")];
    body.append(tanks.node, vehicles.node, gas.node, dangers.node);
    const list = (...pairs) => pairs.filter(([, number]) => number).map(([word, number]) => `${word} ${number}`).join(" · ");

    function renew() {
      const now = park.live.now();
      const readings = screen.readTanks(facts.tanks);
      const count = (test) => readings.filter(test).length;
      const silent = count((one) => one.silent);
      tanks.set(count(isThere), readings.length, list(["停更", silent], ["检修、停用", count((one) => one.isOut)]) || "全部上报", silent ? "less" : "");
      const { counts } = screen.readVehicles(facts.map.vehicles);
      vehicles.set(facts.map.vehicles.length - counts.off, facts.map.vehicles.length, list(["行驶", counts.run], ["报警", counts.warn + counts.sos]) || (counts.stop ? "全部停车" : "无车上报"));
      const there = facts.map.detectors.filter((one) => !park.map.isStale(one, now)).length;
      gas.set(there, facts.map.detectors.length, list(["无数据", facts.map.detectors.length - there]) || "全部上报", there < facts.map.detectors.length ? "less" : "");
      note(park.live.status.at ? screen.clock(park.live.status.at) : "");
    }
    return {
      node,
      tick: renew,
      figures({ dangers: found }) {
        dangers.set(found.open, null, `超期 ${found.over} · 重大 ${found.major}`, found.over ? "over" : "");
      },
    };
  };

  /* ---- Alarm rows ----------------------------------------------------------------------------------------------------------- */

  const ROW = 94;

  /** V-305 温度低报: short enough to be read from afar. Of a tank its code and what was measured, of anything else its name. */
  screen.titleOf = function (alarm) {
    const facts = screen.shown && screen.facts(screen.shown.name);
    const tank = alarm.tank_id && facts && facts.tanks && facts.tanks.tanks.find((one) => one.id === alarm.tank_id);
    if (!tank) return `${alarm.name} ${alarm.kind === "sos" ? "SOS" : alarm.kind_word}`;
    const point = tank.points.find((one) => alarm.source_type === "point" && one.id === alarm.source_id);
    return `${tank.code} ${point ? point.label : ""}${alarm.kind_word}`;
  };

  /** What comes next, in the words of the last column. */
  function nextOf(alarm) {
    const late = words.overdue(alarm);
    if (late) return late;
    if (alarm.state === "unacknowledged" && alarm.due) return `${draw.duration(alarm.due - park.live.now())} 内确认`;
    return alarm.state_word;
  }

  function row() {
    const [symbol, title, below, age, state] = [el("span", ""), el("b", "screen-cut"), el("span", "screen-cut"), el("b", ""), el("span", "")];
    const node = el("div", "", symbol, el("div", "screen-words", title, below), el("div", "screen-end", age, state));
    let look = "";
    return {
      node,
      renew(alarm) {
        const isOver = alarm.state === "closed";
        dress(node, `screen-row level-${alarm.level} ${alarm.state}`);
        put(title, screen.titleOf(alarm));
        put(below, [isOver ? alarm.cause_word : words.valueText(alarm), alarm.place.split(" · ")[0], alarm.n > 1 ? `${alarm.n} 次` : ""].filter((one) => one && one !== "—").join(" · "));
        put(age, isOver ? screen.clock(alarm.closed).slice(0, 5) : words.age(alarm));
        put(state, isOver ? "已关闭" : nextOf(alarm));
        const now = `${alarm.level}${alarm.state}`;
        if (look === now) return;
        look = now;
        symbol.innerHTML = draw.symbol(alarm.level, { state: isOver ? "acknowledged" : alarm.state, size: 40 });
      },
    };
  }

  /** Rows of open alarms, then of those closed today for as many as there is room. */
  function rowsPanel(title, test, nothing) {
    const { node, body, note } = screen.panel(title, "screen-alarms");
    const [box, rest] = [el("div", "screen-rows"), el("p", "screen-rest")];
    body.append(box, rest);
    const shown = [];
    let ended = [];

    function renew() {
      const open = park.live.alarms.filter(test);
      note(`有效 ${open.length} 条`);
      const room = Math.max(1, Math.floor((body.clientHeight - 44) / ROW));
      const closed = ended.filter((alarm) => !open.some((one) => one.id === alarm.id)).slice(0, Math.max(0, room - open.length));
      const list = [...open.slice(0, room), ...closed];
      while (shown.length < list.length) shown.push(row());
      shown.splice(list.length).forEach((one) => one.node.remove());
      list.forEach((alarm, i) => { shown[i].renew(alarm); if (!shown[i].node.isConnected) box.append(shown[i].node); });
      put(rest, open.length > room ? `另有 ${open.length - room} 条未列出` : open.length ? "" : nothing);
    }
    return { node, alarms: renew, tick: renew, figures(found) { ended = found.ended; renew(); } };
  }

  panels.alarms = (facts) => (facts.tanks ? rowsPanel("报警", () => true, "当前没有有效报警") : rowsPanel("车辆报警", (alarm) => alarm.source_type === "vehicle", "当前没有车辆报警"));

  /* ---- Who is on duty -------------------------------------------------------------------------------------------------------- */

  panels.duty = function () {
    const { node, body, note } = screen.panel("当班", "screen-duty");
    return {
      node,
      figures({ duty, at }) {
        note(screen.clock(at).slice(0, 5));
        const rows = duty.length ? duty.map(({ post, names }) => el("div", "", el("span", "", post), el("b", "screen-cut", names))) : [el("div", "", el("span", "", "值班表上现在没有人"))];
        body.replaceChildren(...rows);
      },
    };
  };

  /* ---- Vehicles --------------------------------------------------------------------------------------------------------------- */

  panels.states = function (facts) {
    const { node, body, note } = screen.panel("车辆", "screen-running");
    const cars = facts.map.vehicles;
    const [there, run, stop, bad] = [screen.figure("在线"), screen.figure("行驶", "辆"), screen.figure("停车", "辆"), screen.figure("报警", "辆")];
    body.append(there.node, run.node, stop.node, bad.node);
    return {
      node,
      tick() {
        const { counts } = screen.readVehicles(cars);
        there.set(cars.length - counts.off, cars.length, counts.off ? `离线 ${counts.off} 辆` : "全部上报");
        run.set(counts.run);
        stop.set(counts.stop);
        bad.set(counts.warn + counts.sos, null, counts.sos ? `SOS ${counts.sos} 辆` : "", counts.sos ? "level-1" : counts.warn ? "level-2" : "");
        note(park.live.status.at ? screen.clock(park.live.status.at) : "");
      },
    };
  };

  const MOST_LOADS = 6;
  panels.loads = function (facts) {
    const { node, body, note } = screen.panel("在线重车载货", "screen-loads");
    note("吨");
    let drawn = "";
    return {
      node,
      tick() {
        const found = new Map();
        for (const { car, state } of screen.readVehicles(facts.map.vehicles).list) {
          if (state === "off" || !car.load_t) continue;
          const one = found.get(car.medium) || { medium: car.medium || "未登记介质", cars: 0, tons: 0 };
          found.set(car.medium, { ...one, cars: one.cars + 1, tons: one.tons + car.load_t });
        }
        const list = [...found.values()].sort((a, b) => b.tons - a.tons);
        const look = JSON.stringify(list);
        if (look === drawn) return;
        drawn = look;
        const most = list.length ? list[0].tons : 1;
        const rows = list.slice(0, MOST_LOADS).map((one) => {
          const bar = el("i", "");
          bar.style.width = `${(100 * one.tons) / most}%`;
          return el("div", "", el("span", "", one.medium, el("small", "", `${one.cars} 车`)), el("b", "", draw.number(one.tons, 1)), el("div", "screen-bar", bar));
        });
        if (list.length > MOST_LOADS) rows.push(el("p", "screen-rest", `另有 ${list.length - MOST_LOADS} 种介质`));
        body.replaceChildren(...(rows.length ? rows : [el("p", "screen-rest", "没有在线的重车")]));
      },
    };
  };

  panels.today = function () {
    const { node, body, note } = screen.panel("今日违规与报警", "screen-today");
    return {
      node,
      figures({ kinds }) {
        note(`共 ${kinds.reduce((sum, one) => sum + one.count, 0)} 次`);
        const rows = kinds.slice(0, 6).map((one) => el("div", "", el("span", "", one.word), el("b", "", `${one.count} 次`)));
        body.replaceChildren(...(rows.length ? rows : [el("p", "screen-rest", "今日没有车辆违规")]));
      },
    };
  };

  /** Vehicles as rows, those in trouble first; as many as there is room for. */
  panels.vehicles = function (facts) {
    const { node, body, note } = screen.panel("危化品车辆", "screen-cars");
    const RANK = { sos: 0, warn: 1, run: 2, stop: 3, off: 4 };
    const WORDS = { run: "行驶", stop: "停车", off: "离线", warn: "报警", sos: "SOS" };
    return {
      node,
      tick() {
        const { list, counts } = screen.readVehicles(facts.map.vehicles);
        note(`在线 ${list.length - counts.off}/${list.length}`);
        const room = Math.max(1, Math.floor((body.clientHeight - 44) / 64));
        const seen = list.filter((one) => one.state !== "off").sort((a, b) => RANK[a.state] - RANK[b.state] || a.car.plate.localeCompare(b.car.plate));
        const rows = seen.slice(0, room).map(({ car, fix, alarm, state }) => {
          const doing = alarm && (state === "sos" || state === "warn") ? park.map.offence(alarm, fix) : state === "run" ? `${Math.round(fix.speed)} km/h` : WORDS[state];
          const tone = state === "sos" ? " level-1" : state === "warn" ? " level-2" : "";
          return el("div", `screen-car${tone}`, el("b", "", car.plate), el("span", "screen-cut", car.load_t ? `${car.medium || ""} ${car.load_t} t` : "空车"), el("span", "screen-doing", doing));
        });
        if (seen.length > room) rows.push(el("p", "screen-rest", `另有 ${seen.length - room} 辆未列出`));
        body.replaceChildren(...(rows.length ? rows : [el("p", "screen-rest", "没有在线的车辆")]));
      },
    };
  };

  screen.isThere = isThere;
})();
