/* 地图选车 and 敏感区域查车 on 车辆监控: who is inside of an area now, who was; and following up to four of them at once. */
(function () {
  "use strict";
  const park = window.park;
  const map = park.map;
  const el = map.element;
  const { put } = map.cardTools;
  const L = window.L;
  const MOST_FOLLOWED = 4;
  const STATES = ["sos", "warn", "run", "stop", "off"];
  const HOURS = [1, 6, 24];
  const ZOOM = 15.5;
  let asked = null; // callbacks from the server find the open panel here

  const span = (ms) => (ms >= 3600000 ? `${Math.floor(ms / 3600000)} 时 ${Math.floor((ms % 3600000) / 60000)} 分` : ms >= 60000 ? `${Math.floor(ms / 60000)} 分 ${Math.round((ms % 60000) / 1000)} 秒` : `${Math.round(ms / 1000)} 秒`);

  /* ---- Following several ---------------------------------------------------------------------------------------------------- */

  /** A small map that keeps one vehicle in its middle: {node, open(), renew()}. */
  function followCard(state, car, drop) {
    const chip = el("span", "map-chip");
    const speed = el("b", "");
    const age = el("small", "muted");
    const canvas = el("div", "follow-map");
    const node = el("div", "follow-card float", el("header", "", el("b", "", car.plate), chip, map.button("map-card-close", `不再跟踪 ${car.plate}`, drop, map.glyph("x-lg"))), canvas, el("footer", "", speed, age));
    let small = null;
    let watcher = null;
    return {
      node, car,
      open() {
        const at = state.view.layer.at(car.id) || { lat: state.view.map.getCenter().lat, lon: state.view.map.getCenter().lng };
        small = L.map(canvas, { zoomControl: false, attributionControl: false, preferCanvas: true, dragging: false, scrollWheelZoom: "center", doubleClickZoom: "center", minZoom: 12, maxZoom: 18, zoomSnap: 0.5 }).setView([at.lat, at.lon], ZOOM);
        state.ground().then((ground) => small && L.geoJSON(ground, { style: map.style, interactive: false, pointToLayer: () => null }).addTo(small)).catch(() => {});
        const layer = new map.LiveLayer(state.view.definition, { shown: { alarm: false, camera: false, detector: false }, onFollow: (here) => center(small, here) });
        layer.follow = car.id;
        layer.selected = `truck:${car.plate}`;
        layer.addTo(small);
        watcher = new ResizeObserver(() => small && small.invalidateSize({ pan: false }));
        watcher.observe(canvas);
      },
      close() { if (watcher) watcher.disconnect(); if (small) small.remove(); small = null; node.remove(); },
      renew(alarms, now) {
        const about = park.vehicles.about(car, alarms, now);
        park.vehicles.chip(chip, about);
        put(speed, about.fix && about.state !== "off" ? `${Math.round(about.fix.speed)} km/h ${park.vehicles.direction(about.fix.heading)}` : "—");
        put(age, about.fix ? park.draw.age(now - about.fix.t) : "没有定位");
      },
    };
  }

  /** Moving draws anew, and drawing asks to be moved: a pixel is no move. */
  function center(small, { lat, lon }) {
    if (!small) return;
    const [at, size] = [small.latLngToContainerPoint([lat, lon]), small.getSize()];
    if (Math.hypot(at.x - size.x / 2, at.y - size.y / 2) > 1.5) small.panBy([at.x - size.x / 2, at.y - size.y / 2], { animate: false });
  }

  function followed(state, host) {
    const cards = new Map();
    let ground = null;
    state.ground = () => (ground = ground || park.live.fetch("/map/base/ground.json").then((answer) => answer.json()));
    function keep() {
      host.hidden = !cards.size;
      host.dataset.count = cards.size;
      park.shell.state({ cars: [...cards.values()].map((card) => card.car.plate).join(",") || null });
    }
    function drop(id) { cards.get(id).close(); cards.delete(id); keep(); }
    return {
      add(cars) {
        for (const car of cars) {
          if (cards.has(car.id) || cards.size >= MOST_FOLLOWED) continue;
          const card = followCard(state, car, () => drop(car.id));
          cards.set(car.id, card);
          host.append(card.node);
          keep();
          card.open();
        }
        this.renew();
      },
      renew() { const now = park.live.now(); const alarms = map.vehicleAlarms(); for (const card of cards.values()) card.renew(alarms, now); },
      close() { for (const id of [...cards.keys()]) drop(id); },
    };
  }

  /* ---- The panel ------------------------------------------------------------------------------------------------------------ */

  function tools(panel) {
    const buttons = map.KINDS_OF_SHAPE.map(([kind, words, icon]) => map.button("map-button", `${words}车辆`, () => panel.draw(kind), map.glyph(icon), words));
    const fences = panel.state.view.definition.fences.map((fence) => [fence, map.drawnOf(fence)]).filter(([, drawn]) => drawn);
    const choice = el("select", "form-select area-fence", el("option", "", "已有区域"), ...fences.map(([fence], n) => { const one = el("option", "", `${fence.sensitive ? "敏感 · " : ""}${fence.name}`); one.value = String(n + 1); return one; }));
    choice.options[0].value = "";
    choice.setAttribute("aria-label", "选择已有区域");
    choice.addEventListener("change", () => choice.value && panel.take(fences[Number(choice.value) - 1][1], fences[Number(choice.value) - 1][0].name));
    return el("div", "area-tools", el("b", "", "选车"), ...buttons, fences.length && choice);
  }

  /** Cars inside the area now, the worst first: [{car, state, fix, …}]. */
  const inside = (panel) => park.vehicles.sorted(panel.state.view.definition.vehicles).filter((about) => {
    const at = panel.state.view.layer.at(about.car.id);
    return at && map.isInside(panel.drawn, at.lon, at.lat);
  });

  function nowRows(panel, list) {
    return list.map((about) => {
      const box = el("input");
      box.type = "checkbox";
      box.checked = panel.ticked.has(about.car.id);
      box.setAttribute("aria-label", `勾选 ${about.car.plate}`);
      box.addEventListener("change", () => { if (box.checked) panel.ticked.add(about.car.id); else panel.ticked.delete(about.car.id); panel.renew(); });
      const pick = map.button("area-pick", "在地图上查看", () => panel.state.pick(about.car, { fly: true }), el("b", "", about.car.plate), el("span", "", park.vehicles.doing(about)), el("small", "", `${about.car.carrier} · ${park.vehicles.load(about.car)}`));
      return el("li", `area-row ${about.state}`, el("label", "car-tick", box), pick);
    });
  }

  function visitRows(panel) {
    const { visits } = panel;
    if (!visits) return [];
    const cars = panel.state.view.layer.by.vehicle;
    return visits.rows.map((one) => {
      const car = cars.get(one.id);
      const link = el("a", "area-replay", map.glyph("clock-history"));
      const iso = (ms) => new Date(ms + 8 * 3600000).toISOString().slice(0, 16);
      link.href = `/vehicles/replay?plate=${encodeURIComponent(one.plate)}&span=free&start=${iso(one.entered - 300000)}&end=${iso(one.left + 360000)}&at=${Math.round(one.entered)}`;
      link.title = "回放这一段";
      return el("li", "area-row", map.button("area-pick", "在地图上查看", () => car && panel.state.pick(car, { fly: true }), el("b", "", one.plate), el("span", "", `${park.draw.time(one.entered)} 进 · ${one.inside ? "仍在区域内" : `${park.draw.time(one.left)} 出`}`), el("small", "", `停留 ${span(one.left - one.entered)} · 最高 ${Math.round(one.top)} km/h · ${one.carrier}`)), link);
    });
  }

  function visitTools(panel) {
    const buttons = HOURS.map((hours) => map.button(panel.hours === hours ? "on" : "", `最近 ${hours} 小时进出的车辆`, () => panel.askVisits(hours), `近 ${hours} 小时`));
    const { visits } = panel;
    const words = panel.fault || (!visits ? "正在查询…" : visits.rows.length ? `${new Set(visits.rows.map((one) => one.id)).size} 辆 · 进入 ${visits.rows.length} 次${visits.cut ? "；定位太多，只查到较近的部分" : ""}` : "这段时间没有车辆进入");
    return [el("div", "car-tabs", ...buttons), el("p", `area-words${panel.fault ? " wrong" : ""}`, words)];
  }

  /** The panel in `host` for the page's `state`: {renew()}. */
  park.vehicles.area = function (state, host, followHost) {
    const shaping = state.view.shaping;
    const follow = followed(state, followHost);
    const body = el("div", "area-body");
    const panel = { state, drawn: null, name: "", mode: "now", ticked: new Set(), visits: null, hours: 24, key: 0, fault: "" };
    asked = panel;

    panel.draw = (kind) => { panel.clear(); shaping.start(kind, (drawn) => panel.take(drawn, "")); };
    panel.take = function (drawn, name) {
      Object.assign(panel, { drawn, name, visits: null, fault: "" });
      panel.ticked.clear();
      shaping.show(drawn);
      if (name) state.view.fly(map.middleOf(drawn)[1], map.middleOf(drawn)[0], 15);
      if (panel.mode === "visits") panel.askVisits(panel.hours);
      panel.renew();
    };
    panel.clear = function () {
      shaping.clear();
      panel.drawn = null;
      panel.renew();
    };
    panel.askVisits = function (hours) {
      const now = park.live.now();
      Object.assign(panel, { hours, visits: null, fault: "", key: Date.now() });
      window.dash_clientside.set_props("vehicles-visits-wish", { data: { area: panel.drawn, span: "free", start: new Date(now - hours * 3600000 + 1000).toISOString(), end: new Date(now).toISOString(), key: panel.key } });
      panel.renew();
    };

    let look = "";
    panel.renew = function () {
      follow.renew();
      if (!panel.drawn) { body.hidden = true; look = ""; return; }
      const list = inside(panel);
      const fresh = JSON.stringify([panel.mode, panel.name, panel.hours, panel.key, Boolean(panel.visits), panel.fault, list.length, [...panel.ticked], panel.mode === "now" && list.map((one) => [one.car.id, one.state, park.vehicles.doing(one)])]);
      if (fresh === look) return;
      look = fresh;
      const counts = STATES.map((key) => [key, list.filter((one) => one.state === key).length]).filter(([, count]) => count);
      const mode = (key, words) => map.button(panel.mode === key ? "on" : "", "", () => { panel.mode = key; if (key === "visits" && !panel.visits) panel.askVisits(panel.hours); panel.renew(); }, words);
      const ticked = list.filter((one) => panel.ticked.has(one.car.id)).map((one) => one.car);
      const many = map.button("map-button", `分屏跟踪，最多 ${MOST_FOLLOWED} 辆`, () => follow.add(ticked), map.glyph("grid"), ticked.length > MOST_FOLLOWED ? `最多 ${MOST_FOLLOWED} 辆` : `分屏跟踪 ${ticked.length || ""}`);
      many.disabled = !ticked.length || ticked.length > MOST_FOLLOWED;
      const isNow = panel.mode === "now";
      const rows = isNow ? nowRows(panel, list) : visitRows(panel);
      const scrolled = body.querySelector("ul") ? body.querySelector("ul").scrollTop : 0;
      body.hidden = false;
      body.replaceChildren(
        el("header", "area-head", el("b", "", panel.name || "所画区域"), el("span", "muted", `${list.length} 辆在内`), map.button("map-card-close", "清除区域", () => panel.clear(), map.glyph("x-lg"))),
        el("div", "car-tabs", mode("now", "此刻"), mode("visits", "进出记录")),
        ...(isNow ? [el("p", "area-words", list.length ? counts.map(([key, count]) => `${park.vehicles.STATE_WORDS[key]} ${count}`).join(" · ") : "此刻区域内没有车辆")] : visitTools(panel)),
        el("ul", "area-rows", ...rows),
        ...(isNow && list.length ? [el("footer", "area-foot", many)] : []));
      body.querySelector("ul").scrollTop = scrolled;
    };
    host.replaceChildren(tools(panel), body);
    body.hidden = true;
    const wanted = String((state.view.definition.wanted || {}).cars || "").split(",").filter(Boolean);
    follow.add(state.view.definition.vehicles.filter((car) => wanted.includes(car.plate)).slice(0, MOST_FOLLOWED));
    return panel;
  };

  window.dash_clientside.park_pages.vehicles_visits = function (told) {
    if (!asked || !told || told.key !== asked.key) return;
    asked.visits = told.rows ? told : { rows: [] };
    asked.fault = told.text || "";
    asked.renew();
  };
})();
