/* The frame of a big screen: a canvas 1080 high that uses the whole window, its head, and the panels' common pieces.
 *
 * The stage is laid out in canvas pixels and scaled; its width follows the window's ratio, so that a wide wall gets more columns and
 * nothing is stretched. Maps lie outside the scaled box, on #screen-ground, in the place that the layout leaves them.
 * park.screen.pages[name] = {columns(width), panels} are in 84-screen-pages.js; what keeps a wall alive is in 81-screen-wall.js.
 */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const { draw } = park;
  const config = JSON.parse(document.getElementById("park-config").textContent);
  const asked = new URL(location.href).searchParams;
  const [WIDTH, HEIGHT] = [1920, 1080];
  const screen = (park.screen = { config: config.screen, park: config.park, pages: {}, panels: {}, shown: null });
  const stage = document.getElementById("screen-stage");
  const ground = document.getElementById("screen-ground");

  /* ---- Pieces ------------------------------------------------------------------------------------------------------ */

  const el = (screen.el = park.alarms.dom.part);
  const put = (screen.put = park.alarms.dom.put);
  screen.dress = (node, name) => { if (node.className !== name) node.className = name; };

  /** A panel with its head: {node, body, note(text)}. */
  screen.panel = function (title, className) {
    const note = el("small", "");
    const body = el("div", "screen-body");
    const node = el("section", `screen-panel ${className || ""}`.trim(), el("h2", "", el("span", "", title), note), body);
    return { node, body, note: (text) => put(note, text) };
  };

  /** One figure with its unit and a line below its name: {node, set(value, of, below, look)}. */
  screen.figure = function (title, unit) {
    const [value, of, below] = [el("b", ""), el("small", ""), el("small", "screen-below")];
    const node = el("div", "screen-figure", el("div", "", el("span", "", title), below), el("div", "screen-number", value, of));
    return {
      node,
      set(number, whole, words, look) {
        put(value, number === null ? "—" : String(number));
        put(of, whole === undefined || whole === null ? unit || "" : `/${whole}`);
        put(below, words || "");
        screen.dress(node, `screen-figure ${look || ""}`.trim());
      },
    };
  };

  /* ---- Scale ------------------------------------------------------------------------------------------------------- */

  /** Canvas pixels of the window: {scale, width, height, left, top}. With fit=contain the canvas is 1920 by 1080 and stands in the middle. */
  screen.fit = function (width, height, fit) {
    const scale = Math.min(width / WIDTH, height / HEIGHT);
    if (fit !== "contain") return { scale, width: width / scale, height: height / scale, left: 0, top: 0 };
    return { scale, width: WIDTH, height: HEIGHT, left: (width - WIDTH * scale) / 2, top: (height - HEIGHT * scale) / 2 };
  };

  let size = { scale: 0 };
  screen.scale = () => size.scale;
  screen.width = () => size.width;

  function resize() {
    const before = size;
    size = screen.fit(window.innerWidth, window.innerHeight, asked.get("fit") || "");
    Object.assign(stage.style, { width: `${size.width}px`, height: `${size.height}px`, transform: `translate(${size.left}px, ${size.top}px) scale(${size.scale})` });
    document.documentElement.style.setProperty("--scale", size.scale);
    if (screen.shown && (Math.abs(before.width - size.width) > 1 || Math.abs(before.scale - size.scale) > 0.001)) screen.show(screen.shown.name, true);
    else place();
  }
  window.addEventListener("resize", () => { cancelAnimationFrame(resize.frame); resize.frame = requestAnimationFrame(resize); });

  /** Put the map where the layout leaves room for it. */
  function place() {
    const hole = screen.shown && screen.shown.hole;
    if (!hole) return;
    const [box, frame] = [hole.getBoundingClientRect(), screen.shown.frame];
    const wanted = { left: `${box.left}px`, top: `${box.top}px`, width: `${box.width}px`, height: `${box.height}px` };
    if (Object.entries(wanted).some(([name, value]) => frame.style[name] !== value)) Object.assign(frame.style, wanted);
  }
  screen.place = place;

  /* ---- Head -------------------------------------------------------------------------------------------------------- */

  const ZONE = config.timeZone || "Asia/Shanghai";
  const dayOf = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit", weekday: "short" });
  const timeOf = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hour12: false, hour: "2-digit", minute: "2-digit", second: "2-digit" });
  screen.clock = (ms) => timeOf.format(ms);
  /** {date: 2026-11-24, weekday: 周二} in the park's time. */
  screen.day = function (ms) {
    const part = Object.fromEntries(dayOf.formatToParts(ms).map((one) => [one.type, one.value]));
    return { date: `${part.year}-${part.month}-${part.day}`, weekday: part.weekday };
  };

  const logo = el("img", "screen-logo");
  logo.alt = "";
  const [asOf, title, date, time] = [el("b", ""), el("h1", ""), el("span", "screen-date"), el("b", "screen-time")];
  const demo = config.demo ? el("span", "screen-demo", "演示数据") : null;
  const head = el("header", "screen-head",
    el("div", "screen-left", logo, el("span", "", "数据 ", asOf), demo), title, el("div", "screen-right", date, time));
  const main = (screen.main = el("main", "screen-main"));
  screen.band = el("div", "screen-band");
  screen.band.hidden = true;
  screen.foot = el("footer", "screen-foot");
  screen.veil = el("div", "screen-veil");
  screen.veil.hidden = true;
  stage.append(head, screen.band, main, screen.foot, screen.veil);

  /** The time of the newest value or position that has come; what merely says that the server lives is no data. */
  function newest() {
    let at = 0;
    for (const point of park.live.points.values()) if (point.t > at) at = point.t;
    for (const fix of park.live.vehicles.values()) if (fix.r > at) at = fix.r;
    return Math.min(at, park.live.now());
  }

  screen.tickHead = function () {
    const now = park.live.now();
    const { date: day, weekday } = screen.day(now);
    put(date, `${day} ${weekday}`);
    put(time, screen.clock(now));
    const at = newest();
    put(asOf, at ? draw.time(at) : "—");
  };

  /* ---- What is shown ----------------------------------------------------------------------------------------------- */

  const known = new Map(); // facts and figures by screen: a rotation need not wait for them

  screen.facts = (name) => (known.get(name) || {}).facts;
  screen.figures = (name) => (known.get(name) || {}).figures || null;

  async function ask(name, what) {
    const answer = await park.live.fetch(`/screen/${name}/${what}`);
    if (!answer.ok) throw new Error(`${what} ${answer.status}`);
    return answer.text();
  }

  /** Read the figures of a screen anew; and with `isWhole` what stands on it. True when what stands on it has changed. */
  screen.renew = async function (name, isWhole) {
    const kept = known.get(name) || {};
    const text = isWhole || !kept.facts ? await ask(name, "facts") : kept.text;
    const isNew = text !== kept.text;
    known.set(name, { ...kept, text, facts: isNew ? JSON.parse(text) : kept.facts, figures: JSON.parse(await ask(name, "figures")) });
    if (screen.shown && screen.shown.name === name) for (const part of screen.shown.parts) if (part.figures) part.figures(screen.figures(name));
    return isNew;
  };

  const settingOf = (name) => screen.config.all.find((one) => one.screen === name);

  /** Put the screen on the stage in the place of the one before; its facts are known. */
  screen.show = function (name, isSame) {
    if (!screen.facts(name)) return;
    leave();
    const setting = settingOf(name);
    put(title, `${screen.park}　${setting.title}`);
    document.title = `${setting.title} · ${screen.park}`;
    const source = `/screen/${name}/logo`;
    if (logo.dataset.of !== name) { logo.dataset.of = name; park.live.fetch(source).then((answer) => answer.blob()).then((found) => { URL.revokeObjectURL(logo.src); logo.src = URL.createObjectURL(found); }).catch(() => {}); }
    const shown = (screen.shown = { name, parts: [], hole: null, frame: null, box: el("div", `screen-grid screen-${name}${isSame ? "" : " arrives"}`) });
    const columns = screen.pages[name].columns(size.width, new Set(setting.panels)).filter((one) => one.panels.length || one.isMap);
    shown.box.style.gridTemplateColumns = columns.map((one) => one.width).join(" ");
    main.append(shown.box);
    for (const column of columns) {
      const node = el("div", "screen-column");
      node.style.gridTemplateRows = column.rows || "";
      shown.box.append(node);
      if (column.isMap) {
        shown.hole = el("div", "screen-hole");
        shown.frame = el("div", "map-frame screen-map");
        node.append(shown.hole);
        ground.append(shown.frame);
      }
      for (const key of column.panels) {
        const made = screen.panels[key](screen.facts(name), { width: size.width });
        node.append(made.node);
        shown.parts.push(made);
      }
    }
    if (shown.frame) { place(); shown.parts.push(screen.map(shown, screen.facts(name).map, screen.pages[name].map || {})); }
    tellAll(shown);
  };

  /** Take down what is shown; its map goes with all it holds. */
  function leave() {
    const shown = screen.shown;
    if (!shown) return;
    for (const part of shown.parts) if (part.leave) part.leave();
    if (shown.frame) shown.frame.remove();
    shown.box.remove();
    screen.shown = null;
  }

  function tell(name, argument) {
    if (!screen.shown) return;
    for (const part of screen.shown.parts) {
      if (!part[name]) continue;
      try { part[name](argument); } catch (error) { console.error(`screen ${name}`, error); } // one panel that fails must not stop the others
    }
  }

  function tellAll(shown) {
    tell("points", null);
    tell("vehicles", null);
    tell("alarms", park.live.alarms);
    tell("risk", park.live.risk);
    if (screen.figures(shown.name)) tell("figures", screen.figures(shown.name));
    tell("tick");
  }

  screen.begin = function () {
    resize();
    park.live.attach(stage, {
      points: (ids) => tell("points", ids),
      vehicles: (ids) => tell("vehicles", ids),
      alarms: (list) => tell("alarms", list),
      risk: (colours) => tell("risk", colours),
      tick() { screen.tickHead(); place(); tell("tick"); },
    });
  };
})();
