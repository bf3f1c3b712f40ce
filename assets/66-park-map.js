/* 园区一张图: search, layers, the card of what is selected, and the alarm rail. */
(function () {
  "use strict";
  const park = window.park;
  const map = park.map;
  const el = map.element;
  const byId = (id) => document.getElementById(id);
  const pages = window.dash_clientside.park_pages;
  const isPhone = () => window.matchMedia("(max-width: 767px)").matches;

  const LAYERS = [
    ["enterprise", "企业边界与名称", (d) => d.enterprises.length],
    ["tank", "储罐与状态", (d) => d.tanks.length],
    ["vehicle", "危化品车辆", (d) => d.vehicles.length],
    ["alarm", "报警", null],
    ["camera", "摄像机", (d) => d.cameras.length],
    ["detector", "气体探测器", (d) => d.detectors.length],
    ["fence", "围栏线路", (d) => d.fences.length + (d.routes || []).length + (d.key_points || []).length],
    ["place", "救援力量与避难场所", null],
  ];
  const DEFAULT_LAYERS = "enterprise,tank,vehicle,alarm,place";

  /* ---- Layers -------------------------------------------------------------------------------------------------------- */

  function layerList(view) {
    const rows = LAYERS.map(([key, words, count]) => {
      const box = el("input");
      box.type = "checkbox";
      box.checked = Boolean(view.layer.shown[key]);
      const number = el("span", "map-layer-count", count ? String(count(view.definition)) : "");
      box.addEventListener("change", () => view.show(key, box.checked));
      const row = el("label", "map-layer", box, el("span", "", words), number);
      row.dataset.layer = key;
      return row;
    });
    return el("div", "map-layers", el("div", "map-panel-head", el("b", "", "图层"), el("span", "", "数量")), ...rows);
  }

  function renewCounts(view, panel) {
    const put = (key, text) => {
      const found = panel.querySelector(`[data-layer="${key}"] .map-layer-count`);
      if (found && found.textContent !== text) found.textContent = text;
    };
    const all = view.definition.vehicles.length;
    const now = park.live.now();
    let seen = 0;
    for (const car of view.definition.vehicles) if (!map.isOffLine(park.live.vehicles.get(car.id), now)) seen += 1;
    put("vehicle", `${seen}/${all}`);
    put("alarm", String(park.live.alarms.length));
    put("place", String(view.layer.places.filter((place) => place.kind === "force").length || ""));
  }

  /* ---- Search --------------------------------------------------------------------------------------------------------- */

  /** Everything that has a name: [words that match, what is shown, kind, reference]. */
  function index(view) {
    const d = view.definition;
    const names = new Map(d.enterprises.map((one) => [one.id, one.short]));
    const things = [
      ...d.enterprises.map((one) => ({ text: `${one.name} ${one.short} ${one.code}`, title: one.name, note: one.kind, kind: "企业", ref: `ent:${one.code}` })),
      ...d.tanks.map((one) => ({ text: `${one.code} ${one.name} ${one.medium} ${names.get(one.enterprise_id) || ""}`, title: `${one.code} ${one.name}`, note: `${names.get(one.enterprise_id) || ""} · ${one.installation}`, kind: "储罐", ref: `tank:${one.code}` })),
      ...d.vehicles.map((one) => ({ text: `${one.plate} ${one.plate.replace(/[·\s]/g, "")} ${one.carrier} ${one.medium || ""} ${one.driver || ""}`, title: one.plate, note: `${one.medium || "空车"} · ${one.carrier}`, kind: "车辆", ref: `truck:${one.plate}` })),
      ...d.cameras.map((one) => ({ text: `${one.code} ${one.name}`, title: one.name, note: one.code, kind: "摄像机", ref: `cam:${one.code}` })),
    ];
    const streets = new Map();
    for (const place of view.layer.places) {
      if (place.ref && !streets.has(place.ref)) streets.set(place.ref, { text: place.name, title: place.name, note: "", kind: place.ref.startsWith("street:") ? "道路" : "地点", ref: place.ref, lat: place.lat, lon: place.lon });
    }
    return [...things, ...streets.values()].map((one) => ({ ...one, low: one.text.toLowerCase() }));
  }

  /** The things that match all words, those whose title begins with the first word before the rest. */
  map.search = function (view, words) {
    const parts = words.toLowerCase().trim().split(/\s+/).filter(Boolean);
    if (!parts.length) return [];
    const found = index(view).filter((one) => parts.every((part) => one.low.includes(part)));
    const rank = (one) => (one.title.toLowerCase().startsWith(parts[0]) ? 0 : one.title.toLowerCase().includes(parts[0]) ? 1 : 2);
    return found.map((one, i) => ({ one, i })).sort((a, b) => rank(a.one) - rank(b.one) || a.i - b.i).map(({ one }) => one);
  };

  function search(view) {
    const input = el("input");
    input.type = "search";
    input.placeholder = "企业、储罐、车牌、道路";
    input.setAttribute("aria-label", "搜索企业、储罐、车牌、道路");
    input.setAttribute("role", "combobox");
    input.autocomplete = "off";
    const list = el("ul", "map-results");
    list.setAttribute("role", "listbox");
    list.hidden = true;
    let found = [];
    let lit = 0;

    function draw() {
      found = map.search(view, input.value).slice(0, 12);
      lit = Math.min(lit, Math.max(0, found.length - 1));
      list.hidden = !input.value.trim();
      list.replaceChildren(...(found.length ? found.map(row) : [el("li", "map-no-result", "没有找到，请换个词")]));
      input.setAttribute("aria-expanded", String(!list.hidden));
    }

    function row(one, i) {
      const made = el("li", i === lit ? "on" : "", el("b", "", one.title), el("span", "", one.note), el("small", "", one.kind));
      made.setAttribute("role", "option");
      made.addEventListener("pointerdown", (event) => { event.preventDefault(); go(one); });
      return made;
    }

    function go(one) {
      list.hidden = true;
      input.blur();
      if (one.lat !== undefined) view.fly(one.lat, one.lon, 16);
      else view.select(one.ref, { fly: true });
    }

    input.addEventListener("input", () => { lit = 0; draw(); });
    input.addEventListener("focus", draw);
    input.addEventListener("blur", () => (list.hidden = true));
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        lit = Math.max(0, Math.min(found.length - 1, lit + (event.key === "ArrowDown" ? 1 : -1)));
        draw();
      } else if (event.key === "Enter" && found.length) go(found[lit]);
      else if (event.key === "Escape") { input.value = ""; draw(); input.blur(); }
    });
    return el("div", "map-search", map.glyph("search"), input, list);
  }

  /* ---- Selecting ------------------------------------------------------------------------------------------------------ */

  function selecting(view, card) {
    view.select = function (ref, options) {
      const found = ref ? view.layer.resolve(ref) : null;
      view.layer.selected = found ? ref : null;
      view.layer.request();
      park.shell.state({ sel: found ? ref : null });
      map.card(card, view, found);
      if (!found || !options || !options.fly) return Boolean(found);
      view.placed(ref, (at) => { if (view.layer.selected === ref) view.fly(at.lat, at.lon, found.kind === "ent" ? 15.5 : 16.5); });
      return true;
    };
    document.addEventListener("keydown", function escape(event) {
      if (!card.isConnected) document.removeEventListener("keydown", escape);
      else if (event.key === "Escape" && !view.measure.isOn() && !event.target.closest("input, textarea")) view.select(null);
    });
  }

  /** Show what an alarm is about. */
  function pickAlarm(view, alarm) {
    const tank = alarm.tank_id && view.layer.by.tank.get(alarm.tank_id);
    const car = alarm.source_type === "vehicle" && view.layer.by.vehicle.get(alarm.source_id);
    const detector = alarm.source_type === "point" && view.layer.by.detector.get(alarm.source_id);
    const ref = tank ? `tank:${tank.code}` : car ? `truck:${car.plate}` : detector ? `gas:${detector.code}` : null;
    if (ref) view.select(ref, { fly: true });
    else if (alarm.lon && alarm.lat) { view.select(null); view.fly(alarm.lat, alarm.lon, 16); }
  }

  /* ---- The page -------------------------------------------------------------------------------------------------------- */

  function padding(rail) {
    return () => {
      const card = byId("map-card");
      if (isPhone()) return [64, 60, card && !card.hidden ? card.offsetHeight + 12 : rail ? 84 : 16, 12];
      return [20, card && !card.hidden ? card.parentElement.clientWidth - card.offsetLeft + 12 : 70, 56, 304];
    };
  }

  function sheet(rail) {
    const handle = byId("map-rail-handle");
    handle.addEventListener("click", () => rail.classList.toggle("open"));
  }

  async function mount(definition) {
    const frame = byId("map-park");
    const rail = byId("map-rail");
    const panel = byId("map-panel");
    const wanted = definition.wanted || {};
    const on = new Set((wanted.layers || DEFAULT_LAYERS).split(","));
    const view = await map.open(frame, definition, {
      shown: Object.fromEntries(LAYERS.map(([key]) => [key, on.has(key)])),
      padding: padding(rail),
      stage: document.documentElement,
      onPick: (ref) => view.select(ref),
    });

    view.show = function (key, isOn) {
      view.layer.shown[key] = isOn;
      view.layer.request();
      const names = LAYERS.map(([name]) => name).filter((name) => view.layer.shown[name]);
      park.shell.state({ layers: names.join(",") === DEFAULT_LAYERS ? null : names.join(",") || "none" });
    };
    selecting(view, byId("map-card"));

    const layers = layerList(view);
    const fold = map.button("map-layers-fold", "图层", () => panel.classList.toggle("open"), map.glyph("layers"));
    panel.replaceChildren(search(view), fold, layers);
    park.live.attach(panel, { vehicles: () => renewCounts(view, panel), alarms: () => renewCounts(view, panel), tick: () => renewCounts(view, panel) });
    park.live.attach(byId("map-card"), { points: () => map.renewCard(byId("map-card")), tick: () => map.renewCard(byId("map-card")), alarms: () => map.renewCard(byId("map-card")) });

    if (park.alarms && park.alarms.rail && definition.rights.alarm) {
      park.alarms.rail(byId("map-alarm-rail"), {
        onPick: (alarm) => { rail.classList.remove("open"); pickAlarm(view, alarm); },
      });
      sheet(rail);
    }
    const spot = (wanted.view || "").split(",").map(Number);
    if (spot.length === 3 && spot.every(Number.isFinite)) view.map.setView([spot[1], spot[0]], spot[2], { animate: false });
    else view.whole(false);
    view.map.on("moveend", () => {
      const center = view.map.getCenter();
      if (frame.isConnected) park.shell.state({ view: `${center.lng.toFixed(5)},${center.lat.toFixed(5)},${view.map.getZoom()}` });
    });
    if (wanted.sel) view.select(wanted.sel, { fly: spot.length !== 3 });
  }

  pages.park_map = function (definition) {
    if (definition) mount(definition).catch((error) => console.error("map", error));
    return window.dash_clientside.no_update;
  };
})();
