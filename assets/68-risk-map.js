/* 风险四色图 as a block: zones in their colour with a letter, counts of enterprises, the list of the worst.
 *
 * park.risk.attach(view, frame, definition, settings) draws on any map that stands, on a page or a wall; park.risk.mount opens the
 * one of the block first. Both follow park.live by themselves and give the view: {map, show(colours, isPast), pick(firm, zone), levels}.
 */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const pages = (window.park_pages = window.park_pages || {});
  const client = (window.dash_clientside = window.dash_clientside || {});
  client.park_pages = client.park_pages || pages;
  const L = window.L;
  const map = park.map;
  const el = map.element;
  const risk = (park.risk = park.risk || {});
  const byId = (id) => document.getElementById(id);

  const LOW = 4;
  const LETTERS_OF_ZONES = 16.5;
  const ZONES_FROM_ZOOM = 15; // further out a plot has the colour of its enterprise, nearer each zone its own
  const LETTERS_FROM_ZOOM = 13; // further out only 重 and 较 have one
  const SMALL_M2 = 60000; // a smaller plot has a letter only when it is 重 or 较, or when one looks closely
  const LETTER_PX = 30; // a zone narrower than this on the screen has no letter: its colour has to do
  const MOST_CALLOUTS = 4;
  const FRESH_MS = 86400000;
  const FILL = { 1: 0.5, 2: 0.26, 3: 0.15, 4: 0.15 };

  /* ---- Levels ------------------------------------------------------------------------------------------------------- */

  /** The letter of a level in its colour. */
  risk.badge = function (definition, level, size) {
    const found = definition.levels[level];
    const made = el("b", `risk-letter r${level}${size ? ` ${size}` : ""}`, found.letter);
    made.title = `${found.word}风险`;
    return made;
  };

  /** 10:41 today, 11-23 10:41 before: without the seconds that nobody needs here. */
  risk.clock = (ms) => park.draw.time(ms).replace(/:\d\d$/, "");

  /** The day alone for what is counted by days. */
  risk.begun = (ms) => risk.clock(ms).replace(/^(\d\d-\d\d) 00:00$/, "$1");

  /** 较大→重大 03:11, or since when it has its level. */
  risk.story = function (definition, one) {
    const word = (level) => definition.levels[level].word;
    const came = one.before && one.before !== one.level ? `${word(one.before)}→${word(one.level)} ` : "自 ";
    return came + risk.clock(one.since);
  };

  /** Level, since and first reason of each enterprise (that of its gravest zone), by its id; and of the whole park under "park". */
  risk.levels = function (definition, colours) {
    const found = new Map();
    const graver = (a, b) => !a || b.level < a.level || (b.level === a.level && b.since > a.since);
    for (const zone of definition.zones) {
      const colour = colours.get(zone.id);
      if (!colour) continue;
      const one = { ...colour, zone };
      if (graver(found.get(zone.enterprise_id), one)) found.set(zone.enterprise_id, one);
      if (graver(found.get("park"), one)) found.set("park", one);
    }
    return found;
  };

  /* ---- Drawing ------------------------------------------------------------------------------------------------------ */

  const latLngs = (geometry) => {
    const turn = (ring) => ring.map(([lon, lat]) => [lat, lon]);
    if (geometry.type === "MultiPolygon") return geometry.coordinates.map((polygon) => polygon.map(turn));
    return geometry.coordinates.map(turn);
  };

  /** Middle and size of the first ring: enough for plots, which have no bays. */
  function shapeOf(geometry) {
    const ring = geometry.type === "MultiPolygon" ? geometry.coordinates[0][0] : geometry.coordinates[0];
    const k = Math.cos((ring[0][1] * Math.PI) / 180) * 111195;
    const [x0, y0] = ring[0]; // from one corner, or the figures are too large to subtract
    let area = 0, x = 0, y = 0;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [ax, ay, bx, by] = [ring[j][0] - x0, ring[j][1] - y0, ring[i][0] - x0, ring[i][1] - y0];
      const cross = ax * by - bx * ay;
      area += cross; x += (ax + bx) * cross; y += (ay + by) * cross;
    }
    if (!area) return { lon: x0, lat: y0, area: 0 };
    return { lon: x0 + x / (3 * area), lat: y0 + y / (3 * area), area: Math.abs(area / 2) * k * 111195 };
  }

  function paintOf(level, isPicked, isWhole) {
    const c = map.colours();
    const colour = c[`risk-${level}`] || c.stale;
    return { color: isPicked ? c.accent : colour, weight: isPicked ? 3 : level <= 2 ? 1.8 : 1.2, opacity: 0.95, fillColor: colour, fillOpacity: FILL[level] + (isWhole ? 0 : 0.1), dashArray: null };
  }

  /** Zones with an outline, each with its polygon and letter on the map. */
  function layers(view) {
    const { definition } = view;
    const firms = new Map(definition.enterprises.map((one) => [one.id, one]));
    const leaflet = view.map;
    leaflet.createPane("risk").style.zIndex = 420;
    leaflet.createPane("risk-letters").style.zIndex = 460;
    leaflet.getPane("risk-letters").style.pointerEvents = "none";
    const renderer = L.canvas({ pane: "risk", padding: 0.3 });
    const drawn = [];
    for (const zone of definition.zones) {
      const firm = firms.get(zone.enterprise_id);
      const outline = zone.outline || (zone.whole && firm ? firm.outline : null);
      const shape = outline ? shapeOf(outline) : firm && zone.whole ? { lon: firm.lon, lat: firm.lat, area: 0 } : null;
      if (!firm || !shape) continue;
      const letter = L.marker([shape.lat, shape.lon], { pane: "risk-letters", interactive: false, keyboard: false, icon: L.divIcon({ className: "risk-spot", iconSize: null, html: "" }) });
      const polygon = outline ? L.polygon(latLngs(outline), { pane: "risk", renderer, interactive: false }) : null;
      drawn.push({ zone, firm, outline, shape, polygon, letter, told: "" });
    }
    return drawn;
  }

  function paint(view) {
    const isNear = view.map.getZoom() >= ZONES_FROM_ZOOM;
    for (const one of view.drawn) {
      const own = view.colours.get(one.zone.id);
      const firm = view.levels.get(one.firm.id);
      const level = one.zone.whole && !isNear ? firm && firm.level : own && own.level;
      const isPicked = view.picked.zone ? view.picked.zone === one.zone.id : one.zone.whole && view.picked.firm === one.firm.id;
      const isShown = Boolean(level) && (one.zone.whole || isNear);
      if (one.polygon) {
        if (isShown) one.polygon.setStyle(paintOf(level, isPicked, one.zone.whole)).addTo(view.map);
        else one.polygon.remove();
      }
      const isFar = view.map.getZoom() < LETTERS_FROM_ZOOM;
      const hasRoom = Math.sqrt(one.shape.area) / map.metresPerPixel(view.map) >= LETTER_PX * (view.settings.magnify || 1);
      const hasLetter = isShown && (one.zone.whole ? (!isFar || level <= 2) && (one.shape.area >= SMALL_M2 || level <= 2 || isNear || !one.polygon) : hasRoom);
      if (!hasLetter) { one.letter.remove(); one.told = ""; continue; }
      one.letter.addTo(view.map);
      // A plot's letter is its enterprise's until the zones in it have letters of their own.
      const lettered = one.zone.whole && view.map.getZoom() < LETTERS_OF_ZONES ? firm.level : level;
      if (one.told === `${lettered}`) continue;
      one.told = `${lettered}`;
      one.letter.getElement().replaceChildren(risk.badge(view.definition, lettered));
    }
    callouts(view);
  }

  /** What became 重大 within a day: a name and since when, beside its plot. */
  function callouts(view) {
    const now = view.isPast ? Infinity : park.live.now();
    const isFresh = (found) => found && found.level === 1 && now - found.since < FRESH_MS;
    const raised = view.drawn.filter((one) => one.zone.whole && isFresh(view.levels.get(one.firm.id)));
    raised.sort((a, b) => view.levels.get(b.firm.id).since - view.levels.get(a.firm.id).since);
    const wanted = window.matchMedia("(max-width: 767px)").matches ? [] : raised.slice(0, MOST_CALLOUTS);
    for (const one of view.drawn) {
      if (!wanted.includes(one)) { one.callout?.remove(); one.callout = null; continue; }
      const found = view.levels.get(one.firm.id);
      const isEast = one.shape.lon > (view.definition.extent[0] + view.definition.extent[2]) / 2;
      const body = el("div", "", el("b", "", `${one.firm.short} ${view.definition.levels[1].word}`), el("span", "", risk.story(view.definition, found)));
      if (!one.callout) one.callout = L.tooltip({ permanent: true, direction: isEast ? "right" : "left", offset: [isEast ? 14 : -14, -14], className: "risk-callout", pane: "risk-letters" }).setLatLng([one.shape.lat, one.shape.lon]).addTo(view.map);
      one.callout.setContent(body);
    }
  }

  function counts(view) {
    const box = view.settings.counts;
    if (!box) return;
    const numbers = { 1: 0, 2: 0, 3: 0, 4: 0 };
    // Of one enterprise its zones are counted, of many the enterprises, which a click then filters.
    const isOne = view.definition.enterprises.length === 1;
    const counted = isOne ? [...view.colours.values()] : view.definition.enterprises.map((firm) => view.levels.get(firm.id)).filter(Boolean);
    for (const found of counted) numbers[found.level] += 1;
    const rows = [1, 2, 3, 4].map((level) => {
      const words = view.definition.levels[level].word;
      const parts = [risk.badge(view.definition, level, "big"), el("span", "", words), el("b", "", String(numbers[level]))];
      const row = isOne ? el("div", "risk-count", ...parts) : map.button(`risk-count${view.only === level ? " on" : ""}`, `只看${words}风险的企业`, () => view.filter(view.only === level ? 0 : level), ...parts);
      row.dataset.level = level;
      if (!isOne) row.setAttribute("aria-pressed", String(view.only === level));
      return row;
    });
    box.replaceChildren(...rows);
  }

  /* ---- The worst ------------------------------------------------------------------------------------------------------ */

  /** Enterprises from the gravest on, among those the newest first. */
  risk.worst = (view) => view.definition.enterprises
    .filter((one) => view.levels.has(one.id) && (!view.only || view.levels.get(one.id).level === view.only))
    .sort((a, b) => {
      const [x, y] = [view.levels.get(a.id), view.levels.get(b.id)];
      return x.level - y.level || y.since - x.since || a.id - b.id;
    });

  /** One enterprise of the list: letter, name, since when, first reason. */
  risk.row = function (view, firm, onPick) {
    const found = view.levels.get(firm.id);
    const isUp = found.before && found.before > found.level;
    const why = found.why ? [el("span", "risk-why", found.why), found.count > 1 ? el("small", "", `等 ${found.count} 项`) : null] : [el("span", "risk-why muted", "没有使风险升高的情况")];
    const row = map.button(`risk-row r${found.level}`, "", () => onPick(firm), risk.badge(view.definition, found.level, "big"), el("b", "", firm.short), el("span", `risk-since${isUp ? " up" : ""}`, risk.story(view.definition, found)), el("span", "risk-reason", ...why.filter(Boolean)));
    row.dataset.enterprise = firm.code;
    return row;
  };

  function list(view, most) {
    const box = view.settings.list;
    if (!box) return;
    const rows = risk.worst(view).filter((one) => view.only || view.levels.get(one.id).level < LOW).slice(0, most);
    const head = el("header", "risk-list-head", el("b", "", "升级原因"), el("span", "", `共 ${view.definition.enterprises.length} 家`));
    box.replaceChildren(head, ...(rows.length ? rows.map((firm) => risk.row(view, firm, (one) => view.pick(one.id))) : [el("p", "risk-none", "各企业均为低风险")]));
  }

  /* ---- The view ----------------------------------------------------------------------------------------------------- */

  const legend = (definition) => [1, 2, 3, 4].map((level) => [`${definition.levels[level].word}风险`, (g, x, y) => {
    const c = map.colours();
    map.symbols.circle(g, x, y, 10);
    g.fillStyle = c[`risk-${level}`];
    g.fill();
    map.symbols.text(g, definition.levels[level].letter, x, y + 0.5, { align: "center", px: 12, bold: true, colour: c[`risk-${level}-on`], halo: 0 });
  }]);

  function zoneAt(view, at) {
    const inside = view.drawn.filter((one) => one.outline && one.polygon && view.map.hasLayer(one.polygon) && map.contains(one.outline, at.lng, at.lat));
    return inside.sort((a, b) => a.zone.whole - b.zone.whole)[0] || null;
  }

  /** Bring a map that stands (park.map.open) to life with the zones of `definition`: it follows the live colours by itself.
   *  settings: magnify (letters and call-outs of a wall), counts and list (elements to draw into), rail(view), onPick(picked). */
  risk.attach = function (view, frame, definition, settings) {
    Object.assign(view, { definition, settings, colours: new Map(), levels: new Map(), picked: { firm: 0, zone: 0 }, only: 0, isPast: false });
    frame.style.setProperty("--risk-scale", settings.magnify || 1);
    view.drawn = layers(view);
    const plans = risk.plans(view);

    view.redraw = function () {
      plans();
      paint(view);
      counts(view);
      if (settings.rail) settings.rail(view); else list(view, definition.worst);
    };
    /** Draw these colours; of the past ones the map says so. */
    view.show = function (colours, isPast) {
      view.colours = colours;
      view.isPast = Boolean(isPast);
      view.levels = risk.levels(definition, colours);
      frame.classList.toggle("past", view.isPast);
      view.redraw();
    };
    view.filter = function (level) { view.only = level; if (view.picked.firm) view.pick(0); else view.redraw(); };
    view.pick = function (firm, zone, isQuiet) {
      view.picked = { firm: firm || 0, zone: zone || 0 };
      const one = view.drawn.find((other) => (zone ? other.zone.id === zone : other.zone.whole && other.firm.id === firm));
      view.redraw(); // first: what it opens covers part of the map
      if (one && !isQuiet) view.fly(one.shape.lat, one.shape.lon, zone ? 16.5 : 15.25);
      if (settings.onPick) settings.onPick(view.picked);
    };
    view.map.on("zoomend", () => paint(view));
    document.addEventListener("park:theme", () => frame.isConnected && paint(view));
    park.live.attach(frame, { risk: (colours) => { if (!view.isPast) view.show(colours, false); } });
    frame.riskView = view; // for tests and for the console
    return view;
  };

  /** The block of a page (dashboard/blocks/risk_map.py): the map with its tools, and what a click means. */
  risk.mount = async function (definition, options) {
    const settings = { counts: byId("risk-counts"), list: byId("risk-worst"), ...options };
    const frame = byId("map-risk");
    const opened = await map.open(frame, definition, { shown: risk.SHOWN, padding: settings.padding, stage: document.documentElement, legend: legend(definition) });
    const view = risk.attach(opened, frame, definition, settings);
    view.map.on("click", (event) => {
      if (view.measure.isOn()) return;
      const found = zoneAt(view, event.latlng);
      const isNear = view.map.getZoom() >= ZONES_FROM_ZOOM;
      view.pick(found ? found.firm.id : 0, found && !found.zone.whole && isNear ? found.zone.id : 0, true);
    });
    view.whole(false);
    return view;
  };

  /** What of the park's map stands under the zones. */
  risk.SHOWN = { enterprise: true, tank: true, vehicle: false, alarm: false, place: true, camera: false, detector: false, fence: false };

  pages.risk_map = function (definition) {
    const open = byId("risk-page") && risk.page ? risk.page : risk.mount;
    if (definition) open(definition).catch((error) => console.error("risk map", error));
    return client.no_update;
  };
})();
