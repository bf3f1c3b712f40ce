/* An incident on a wall: what, where, since when over the whole width; wind and measured values, the map, forces near and tasks.
 * What it shows comes with the slow figures, which are read anew as soon as the stream says that somebody wrote into an incident.
 */
(function () {
  "use strict";
  const park = window.park;
  const { screen, map, draw, live } = park;
  const { el, put, dress, panels } = screen;
  const KINDS = "http://www.w3.org/2000/svg";
  let view = null; // the map of the screen that is shown

  const pad = (n) => String(n).padStart(2, "0");
  const lapse = (ms) => { const s = Math.floor(Math.max(0, ms) / 1000); return `${pad(Math.floor(s / 3600))}:${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}`; };
  const current = () => (screen.figures("incident") || {}).incident || null;
  const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

  /* ---- Head ----------------------------------------------------------------------------------------------------------- */

  panels.incident_head = function () {
    const [what, where, now, since, symbol] = [el("b", "screen-what"), el("span", "screen-where"), el("span", ""), el("b", ""), el("span", "")];
    const node = el("header", "screen-incident-head", symbol, el("div", "screen-words", what, where), el("div", "screen-incident-time", now, since));
    const calm = el("p", "screen-calm", el("span", "", "当前没有突发事件"));
    symbol.innerHTML = draw.symbol(1, { state: "unacknowledged", size: 84, inverted: true });
    node.hidden = true;
    const box = el("div", "screen-incident-holder", node, calm);
    function renew() {
      const one = current();
      if (node.hidden !== !one) { node.hidden = !one; requestAnimationFrame(screen.place); }
      calm.hidden = Boolean(one);
      const grid = node.closest(".screen-grid");
      if (grid) grid.classList.toggle("drill", Boolean(one && one.drill));
      if (!one) return;
      put(what, `${one.drill ? "【演练】" : ""}${one.title}`);
      const steps = [one.place, `${screen.clock(one.since).slice(0, 5)} 发生`, one.commander ? `${one.commander} 指挥` : one.state, one.response && one.responded ? `${one.response} ${screen.clock(one.responded).slice(0, 5)} 启动` : one.level, one.harm, one.others ? `另有 ${one.others} 起` : ""];
      put(where, steps.filter(Boolean).join("　"));
      put(now, `现在 ${screen.clock(live.now())}　已持续`);
      put(since, lapse(live.now() - one.since));
    }
    return { node: box, tick: renew, figures() { renew(); screen.showIncident(); } };
  };

  /* ---- Wind ------------------------------------------------------------------------------------------------------------- */

  function compass(toward, isFit) {
    const svg = document.createElementNS(KINDS, "svg");
    for (const [name, value] of [["viewBox", "-60 -60 120 120"], ["width", "124"], ["height", "124"]]) svg.setAttribute(name, value);
    const c = map.colours();
    const part = (tag, attributes, text) => { const made = document.createElementNS(KINDS, tag); for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value); if (text) made.textContent = text; svg.append(made); return made; };
    part("circle", { r: 56, fill: "none", stroke: c.grid, "stroke-width": 2 });
    part("text", { y: -38, "text-anchor": "middle", "font-size": 16 }, "北");
    if (toward !== undefined) part("path", { d: "M0-46 16-12H6V40H-6V-12h-10z", fill: isFit ? c.text : c.stale, transform: `rotate(${toward})` });
    return svg;
  }

  panels.wind = function () {
    const { node, body, note } = screen.panel("风", "screen-wind");
    let drawn = "";
    function renew() {
      const wind = (current() || {}).wind || {};
      const isFit = park.incident.windFits(wind);
      const fault = current() ? park.incident.windFault(wind) : "";
      const look = JSON.stringify([wind, isFit]);
      if (look === drawn) return;
      drawn = look;
      note(wind.at ? `${screen.clock(wind.at)} · ${short(wind.source, 8)}` : "");
      const words = wind.at ? el("div", isFit ? "" : "unfit", el("b", "screen-wind-word", wind.words), el("b", "screen-wind-speed", draw.number(wind.speed, 1), el("small", "", " m/s")), el("small", "", isFit ? `吹向${wind.to}` : "不可用于判断")) : el("div", "", el("b", "screen-wind-word", "—"));
      body.replaceChildren(compass(wind.toward, isFit), words, ...(fault ? [el("p", "screen-fault", fault)] : []));
    }
    return { node, tick: renew, figures: renew };
  };

  /* ---- Measured values and the substance ------------------------------------------------------------------------------------ */

  panels.measured = function () {
    const { node, body, note } = screen.panel("实测与介质", "screen-measured");
    function renew() {
      const one = current();
      if (!one) { body.replaceChildren(); note(""); return; }
      const now = live.now();
      const rows = one.points.map((point, place) => {
        const value = live.points.get(point.id);
        const isSilent = !value || now - value.t > 3000 * point.period;
        const isBad = Boolean(value) && !isSilent && value.s && value.s !== "normal";
        const text = value ? `${value.v.toFixed(point.decimals)} ${point.unit}` : "—";
        return el("div", `screen-point${isBad && place === 0 ? " bad" : ""}${isSilent ? " silent" : ""}`, el("span", "", point.label), el("b", "", isSilent && value ? `${text} 停更` : text));
      });
      const newest = Math.max(0, ...one.points.map((point) => (live.points.get(point.id) || { t: 0 }).t));
      note(newest ? screen.clock(newest) : "");
      const { name, cas } = one.chemical;
      const chemical = name ? [el("div", "screen-chemical", el("b", "", name), cas ? `　CAS ${cas}` : "")] : [];
      const none = rows.length ? [] : [el("p", "screen-rest", "附近没有监测点")];
      body.replaceChildren(...rows, ...none, ...chemical, el("p", "screen-estimate", "圈层为规划估算，", el("br", ""), "以现场监测和指挥部决定为准"));
    }
    return { node, tick: renew, figures: renew };
  };

  /* ---- Forces and tasks --------------------------------------------------------------------------------------------------- */

  panels.forces = function () {
    const { node, body, note } = screen.panel("最近力量", "screen-forces");
    note("直线距离");
    return {
      node,
      figures() {
        const one = current();
        const rows = (one ? one.rows : []).map((force) => el("div", "screen-force", el("i", "", force.sign), el("span", "screen-cut", force.name), el("b", "", force.far === null ? "" : `${draw.number(force.far / 1000, 1)} km`)));
        body.replaceChildren(...(rows.length || !one ? rows : [el("p", "screen-rest", one.lon === null ? "事件没有坐标" : "附近没有登记的应急资源")]));
      },
    };
  };

  const TASK = 81;
  panels.tasks = function () {
    const { node, body, note } = screen.panel("任务", "screen-tasks-panel");
    function renew() {
      const one = current();
      if (!one) { body.replaceChildren(); note(""); return; }
      const now = live.now();
      const isOpen = (task) => task.state === "waiting" || task.state === "doing";
      const isLate = (task) => isOpen(task) && task.due && task.due < now;
      const count = (test) => one.tasks.filter(test).length;
      note([`完成 ${count((task) => task.state === "done")}`, `进行 ${count(isOpen)}`, `超时 ${count(isLate)}`].join(" · "));
      const room = Math.max(1, Math.floor(body.clientHeight / TASK));
      const rows = one.tasks.slice(0, room).map((task) => {
        const end = isLate(task) ? `超时 ${lapse(now - task.due)}` : isOpen(task) && task.due ? lapse(task.due - now) : task.word;
        return el("div", `screen-task ${task.state}${isLate(task) ? " late" : ""}`, el("div", "screen-words", el("b", "screen-cut", task.what), el("span", "screen-cut", [task.unit, task.feedback].filter(Boolean).join(" · "))), el("b", "", end));
      });
      if (one.tasks.length > room) rows.push(el("p", "screen-rest", `另有 ${one.tasks.length - room} 项未列出`));
      body.replaceChildren(...(rows.length ? rows : [el("p", "screen-rest", "还没有下达任务")]));
    }
    return { node, tick: renew, figures: renew };
  };

  /* ---- The map ---------------------------------------------------------------------------------------------------------------- */

  /** Draw the incident on the screen's map, and bring it into view whenever its place or circles change. */
  screen.drawIncident = function (opened) {
    view = opened;
    view.layer.overlay = (picture, room) => park.incident.paint(picture, room, current());
    screen.showIncident(true);
  };
  let seen = "";
  screen.showIncident = function (isAnew) {
    if (!view || !view.map.getContainer().isConnected) return;
    const one = current();
    const look = one ? JSON.stringify([one.id, one.lon, one.lat, one.circles]) : "";
    if (look !== seen || isAnew) {
      seen = look;
      if (one && one.lon !== null) park.incident.show(view.map, one, 60 * screen.scale());
      else view.whole(false);
    }
    view.layer.request();
  };

  /** The id of the open incident that interrupts every wall, as the figures of whatever is shown know it, or null; drills are none. */
  screen.interrupting = () => (screen.shown && (screen.figures(screen.shown.name) || {}).interrupts) || null;
})();
