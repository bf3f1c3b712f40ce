/* 车辆监控: list, map, following one vehicle, its track, and the bar of a call for help. */
(function () {
  "use strict";
  const park = window.park;
  const map = park.map;
  const vehicles = park.vehicles;
  const el = map.element;
  const pages = window.dash_clientside.park_pages;
  const byId = (id) => document.getElementById(id);
  const isPhone = () => window.matchMedia("(max-width: 767px)").matches;
  const { put } = map.cardTools;
  const MOST_ROWS = 200;
  const URGENT = new Set(["sos", "collision", "rollover"]);
  let page = null; // the page that is open; callbacks from the server find it here

  /* ---- List ------------------------------------------------------------------------------------------------------------ */

  function list(state) {
    const { view } = state;
    const input = el("input");
    input.type = "search";
    input.placeholder = "车牌、运输企业、介质";
    input.setAttribute("aria-label", "按车牌、运输企业、介质筛选");
    input.value = state.q;
    const counts = el("small", "");
    const tabs = new Map();
    const strip = el("div", "car-tabs", ...vehicles.TABS.map(([key, words]) => {
      const number = el("span", "");
      const button = map.button("", "", () => { state.tab = key; park.shell.state({ tab: key === "all" ? null : key }); renew(); }, `${words} `, number);
      tabs.set(key, { button, number });
      return button;
    }));
    strip.setAttribute("role", "group");
    const grouping = el("input");
    grouping.type = "checkbox";
    grouping.checked = state.isGrouped;
    grouping.addEventListener("change", () => { state.isGrouped = grouping.checked; park.shell.state({ group: state.isGrouped ? "carrier" : null }); renew(); });
    const folded = new Set(); // carriers whose vehicles a person has put away
    const rows = el("div", "car-rows");
    const rest = el("p", "car-rest");
    const known = new Map();
    input.addEventListener("input", () => { state.q = input.value.trim(); park.shell.state({ q: state.q }); renew(); });
    byId("vehicles-list").replaceChildren(
      el("div", "car-head", el("b", "", "危化品车辆"), counts),
      el("div", "car-tools", el("div", "map-search", map.glyph("search"), input), strip, el("label", "car-groups", grouping, "按运输企业分组")), rows, rest);

    const matches = (car) => {
      const text = `${car.plate} ${car.plate.replace(/[·\s]/g, "")} ${car.carrier} ${car.medium || ""} ${car.driver || ""}`.toLowerCase();
      return state.q.toLowerCase().split(/\s+/).every((part) => text.includes(part));
    };

    const keyOf = (one) => (one.car ? one.car.id : `carrier ${one.carrier}`);

    /** The vehicles below the heads of their carriers, those with the worst state first. */
    function grouped(list) {
      const found = new Map();
      for (const about of list) { const { carrier } = about.car; if (found.has(carrier)) found.get(carrier).push(about); else found.set(carrier, [about]); }
      return [...found].flatMap(([carrier, mine]) => [{ carrier, mine }, ...(folded.has(carrier) ? [] : mine)]);
    }

    function groupHead(carrier) {
      const online = el("span", "");
      const alarmed = el("span", "warn");
      const node = map.button("car-group", "收起或展开", () => { if (!folded.delete(carrier)) folded.add(carrier); renew(); }, map.glyph("building"), el("b", "", carrier || "未登记运输企业"), alarmed, online);
      return {
        node,
        renew({ mine }) {
          const bad = mine.filter((one) => one.state === "sos" || one.state === "warn").length;
          put(alarmed, bad ? `报警 ${bad}` : "");
          put(online, `在线 ${mine.filter((one) => one.state !== "off").length}/${mine.length}`);
          if (node.getAttribute("aria-expanded") !== String(!folded.has(carrier))) node.setAttribute("aria-expanded", String(!folded.has(carrier)));
        },
      };
    }

    function renew() {
      const now = park.live.now();
      const all = vehicles.sorted(view.definition.vehicles);
      const found = state.q ? all.filter((one) => matches(one.car)) : all;
      put(counts, `在线 ${all.filter((one) => one.state !== "off").length}/${all.length}`);
      for (const [key, , test] of vehicles.TABS) {
        const { button, number } = tabs.get(key);
        put(number, String(found.filter(test).length));
        button.classList.toggle("on", key === state.tab);
        button.setAttribute("aria-pressed", String(key === state.tab));
        if (key === "alarm") for (const look of ["warn", "sos"]) button.classList.toggle(look, found.some((one) => one.state === look));
      }
      const test = (vehicles.TABS.find(([key]) => key === state.tab) || vehicles.TABS[0])[2];
      const chosen = found.filter(test);
      const shown = (state.isGrouped ? grouped(chosen) : chosen).slice(0, MOST_ROWS);
      const wanted = new Set(shown.map(keyOf));
      for (const [id, row] of known) if (!wanted.has(id)) { row.node.remove(); known.delete(id); }
      let place = rows.firstElementChild;
      for (const about of shown) {
        let row = known.get(keyOf(about));
        if (!row) known.set(keyOf(about), (row = about.car ? vehicles.row(about.car, (car) => state.pick(car, { fly: true })) : groupHead(about.carrier)));
        row.renew(about, state.car === about.car, now);
        if (row.node === place) place = place.nextElementSibling;
        else rows.insertBefore(row.node, place);
      }
      put(rest, !chosen.length ? "没有符合条件的车辆" : chosen.length > MOST_ROWS ? `其余 ${chosen.length - shown.filter((one) => one.car).length} 辆，请搜索` : "");
      rest.hidden = !rest.textContent;
    }
    return { renew };
  }

  /* ---- Card, following, track -------------------------------------------------------------------------------------------- */

  function following(state) {
    const { view } = state;
    const button = map.button("map-button", "地图始终以这辆车为中心", () => state.follow(!view.layer.follow), map.glyph("crosshair"), "跟踪");
    state.follow = function (isOn, isLocked) {
      view.layer.follow = isOn && state.car ? state.car.id : null;
      view.layer.focus = Boolean(isOn && isLocked);
      state.isLocked = Boolean(isOn && isLocked);
      button.classList.toggle("on", Boolean(view.layer.follow));
      button.lastChild.textContent = view.layer.follow ? "跟踪中" : "跟踪";
      park.shell.state({ follow: view.layer.follow && !isLocked ? "1" : null });
      if (view.layer.follow) {
        const at = view.layer.at(view.layer.follow);
        if (at && view.map.getZoom() < 15.5) view.map.setView([at.lat, at.lon], 15.5, { animate: false });
      }
      view.layer.request();
      sosBar(state);
      state.help.show(state.isLocked ? state.car : null);
    };
    view.map.on("dragstart", () => { if (view.layer.follow && !state.isLocked) state.follow(false); });
    return button;
  }

  function trackButtons(state) {
    const summary = el("p", "track-summary");
    const buttons = new Map();
    const strip = el("div", "track-hours", el("span", "muted", "轨迹"), ...state.view.definition.track_hours.map((hours) => {
      const button = map.button("", `最近 ${hours} 小时的轨迹`, () => state.showTrack(state.hours === hours ? 0 : hours), `${hours} 小时`);
      buttons.set(hours, button);
      return button;
    }));
    state.showTrack = function (hours) {
      state.hours = hours;
      state.view.layer.track = null;
      state.view.layer.request();
      for (const [key, button] of buttons) button.classList.toggle("on", key === hours);
      park.shell.state({ hours: hours || null });
      byId("vehicles-curve-box").hidden = true;
      put(summary, hours ? "正在读取…" : "");
      if (hours) window.dash_clientside.set_props("vehicles-track-wish", { data: { id: state.car.id, hours, past: park.live.pastAt(), key: Date.now() } });
    };
    state.tellTrack = (text) => put(summary, text);
    return el("div", "track-box", strip, summary);
  }

  function picking(state, definition) {
    const { view } = state;
    const box = byId("map-card");
    const body = byId("vehicles-card-body");
    state.pick = function (car, options) {
      const again = car && car === state.car;
      if (!again) {
        if (view.layer.follow) state.follow(false);
        view.layer.track = null;
        state.hours = 0;
        byId("vehicles-curve-box").hidden = true;
      }
      state.car = car || null;
      view.layer.selected = car ? `truck:${car.plate}` : null;
      view.layer.request();
      park.shell.state({ plate: car ? car.plate : null, hours: state.hours || null });
      box.hidden = !car;
      if (!car) { state.card = null; body.replaceChildren(); state.list.renew(); return; }
      if (!again || !state.card) {
        state.card = vehicles.card({ ...view, select: () => state.pick(null) }, car, { buttons: [following(state), map.cardLink(`/vehicles/replay?plate=${encodeURIComponent(car.plate)}&span=24h`, "clock-history", "轨迹回放"), definition.video && map.cardLink(`/video?truck=${car.id}`, "camera-video", "视频监控")], more: [trackButtons(state), vehicles.commands(definition.commands, car).node] });
        body.replaceChildren(state.card.node);
        window.dash_clientside.set_props("vehicles-picked", { data: { id: car.id, key: Date.now() } });
      }
      state.card.renew();
      state.list.renew();
      byId("map-rail").classList.remove("open");
      const at = view.layer.at(car.id);
      if (at && options && options.fly) view.fly(at.lat, at.lon, 15.5);
    };
  }

  const span = (ms) => (ms >= 3600000 ? `${Math.floor(ms / 3600000)} 时 ${Math.round((ms % 3600000) / 60000)} 分` : `${Math.round(ms / 60000)} 分`);

  /** Columns from the server made ready for drawing. */
  function trackOf(data) {
    const fast = data.speed.map((speed) => speed > data.limit_kmh);
    return {
      ...data, fast,
      mx: data.lon.map(map.mercX), my: data.lat.map(map.mercY),
      stops: data.stops.map((stop) => ({ ...stop, words: span(stop.end - stop.start) })),
      startWords: park.draw.time(data.t[0]).slice(0, -3), endWords: park.draw.time(data.t[data.t.length - 1]).slice(0, -3),
      cursor: null, isOpen: false,
    };
  }

  /** A vehicle that goes on driving goes on drawing its line. */
  function lengthen(state) {
    const track = state.view.layer.track;
    const fix = track && park.live.vehicles.get(track.id);
    if (!fix || !fix.fixed || fix.t <= track.t[track.t.length - 1]) return;
    track.gap.push(fix.t - track.t[track.t.length - 1] > 180000 ? 1 : 0);
    track.t.push(fix.t);
    track.late.push(0);
    track.fast.push(fix.speed > track.limit_kmh);
    track.mx.push(map.mercX(fix.lon));
    track.my.push(map.mercY(fix.lat));
    track.isOpen = true;
  }

  /** The point under the pointer on the curve is marked on the map. The chart comes when its library has loaded. */
  function hoverCurve(state, tries) {
    const graph = document.querySelector("#vehicles-curve .js-plotly-plot");
    if (!graph || !graph.on) { if (tries) setTimeout(() => hoverCurve(state, tries - 1), 250); return; }
    if (graph.parkHover) return;
    graph.parkHover = true;
    const show = (cursor) => {
      if (!state.view.layer.track) return;
      state.view.layer.track.cursor = cursor;
      state.view.layer.request();
    };
    graph.on("plotly_hover", (event) => show(event.points[0] && event.points[0].customdata !== undefined ? event.points[0].customdata : null));
    graph.on("plotly_unhover", () => show(null));
  }

  pages.vehicle_detail = function (detail) {
    if (page && detail && page.car && page.car.id === detail.id) page.card.tell(detail);
  };

  pages.vehicle_track = function (data) {
    if (!page || !data || !page.car || page.car.id !== data.id || page.hours !== data.hours) return;
    const { view } = page;
    if (data.t.length < 2) { page.tellTrack(`最近 ${data.hours} 小时没有轨迹`); return; }
    view.layer.track = trackOf(data);
    const last = park.live.vehicles.get(data.id);
    view.layer.track.isOpen = Boolean(last) && !map.isOffLine(last, park.live.now());
    const parts = [`${park.draw.number(data.length_km, 1)} km`, `行驶 ${span(data.moving_s * 1000)}`, `停车 ${data.stops.length} 次`, `最高 ${Math.round(data.top_kmh)} km/h`];
    if (data.late_count) parts.push(`补传 ${data.late_count} 点`);
    if (data.dropped_count) parts.push(`未定位 ${data.dropped_count} 点`);
    page.tellTrack(parts.join(" · "));
    byId("vehicles-curve-box").hidden = isPhone();
    const graph = byId("vehicles-curve") && byId("vehicles-curve").querySelector(".js-plotly-plot");
    if (graph && window.Plotly) requestAnimationFrame(() => window.Plotly.Plots.resize(graph));
    hoverCurve(page, 60);
    if (!view.layer.follow) {
      const [top, right, bottom, left] = view.padding(true);
      const bounds = window.L.latLngBounds(data.lat.map((lat, i) => [lat, data.lon[i]]));
      view.map.fitBounds(bounds, { paddingTopLeft: [left + 40, top + 40], paddingBottomRight: [right + 40, bottom + 40], maxZoom: 16.5, animate: false });
    }
    view.layer.request();
  };

  /* ---- A call for help ----------------------------------------------------------------------------------------------------- */

  // Nobody is locked to a call of the past.
  const callsForHelp = (state) => (park.live.past ? [] : park.alarms ? park.alarms.list() : park.live.alarms)
    .filter((alarm) => alarm.source_type === "vehicle" && URGENT.has(alarm.kind) && alarm.state === "unacknowledged" && state.view.layer.by.vehicle.has(alarm.source_id));

  function sosBar(state) {
    const bar = byId("vehicles-sos");
    const calls = callsForHelp(state);
    const alarm = calls.find((one) => state.car && one.source_id === state.car.id) || calls[0];
    bar.hidden = !alarm;
    if (!alarm) { state.sosDrawn = ""; if (state.isLocked) state.follow(true, false); return; }
    const car = state.view.layer.by.vehicle.get(alarm.source_id);
    const isLocked = state.isLocked && state.car === car;
    const look = [alarm.id, isLocked, calls.length, park.alarms && park.alarms.pending.has(alarm.id)].join();
    if (look !== state.sosDrawn) {
      state.sosDrawn = look;
      state.sosAge = el("b", "sos-age");
      const words = alarm.kind === "sos" ? "SOS" : alarm.kind_word;
      const story = [car.driver && `驾驶员 ${car.driver}${alarm.kind === "sos" ? " 按下报警" : ""}`, vehicles.load(car), car.carrier].filter(Boolean).join(" · ");
      const parts = [
        park.draw.element(park.draw.symbol(1, { size: 40, state: "unacknowledged", inverted: true })),
        el("b", "sos-title", `${words} ${car.plate}`), el("span", "sos-story", story), calls.length > 1 && el("span", "sos-more", `另有 ${calls.length - 1} 起`),
        isLocked && el("span", "sos-lock", map.glyph("lock-fill"), "地图已锁定"), state.sosAge,
        park.alarms && park.alarms.may("acknowledge") && park.alarms.confirmButton(alarm, "sos-button strong"),
        isLocked ? map.button("sos-button", "", () => state.follow(false), "解除锁定") : map.button("sos-button", "", () => lock(state, car), "锁定车辆"),
      ];
      bar.replaceChildren(...parts.filter(Boolean));
    }
    put(state.sosAge, park.draw.duration(park.live.now() - alarm.raised));
    if (!state.answered.has(alarm.id)) {
      state.answered.add(alarm.id);
      lock(state, car);
    }
  }

  function lock(state, car) {
    state.pick(car, {});
    state.follow(true, true);
  }

  /* ---- The page -------------------------------------------------------------------------------------------------------------- */

  async function mount(definition) {
    const frame = byId("map-vehicles");
    const wanted = definition.wanted || {};
    const padding = () => {
      if (isPhone()) return [byId("vehicles-sos").hidden ? 20 : 136, 64, byId("map-card").hidden ? 84 : byId("map-card").offsetHeight + 12, 12];
      const card = byId("map-card");
      const panel = byId("vehicles-area");
      const isOpen = panel.querySelector(".area-body:not([hidden])");
      return [byId("vehicles-sos").hidden ? 20 : 100, card.hidden ? 70 : card.parentElement.clientWidth - card.offsetLeft + 12, 56, isOpen || !byId("vehicles-help").hidden ? panel.offsetWidth + 28 : 20];
    };
    let state = null;
    const view = await map.open(frame, definition, {
      shown: { alarm: false, enterprise: true, fence: true, place: true, camera: false, detector: false, tank: true },
      padding, stage: document.documentElement, legend: map.VEHICLE_LEGEND,
      onPick: (ref) => {
        const found = ref && view.layer.resolve(ref);
        if (found && found.kind === "truck") state.pick(found.item, {});
        else if (!state.isLocked) state.pick(null);
      },
      onFollow: (at) => view.center(at.lat, at.lon),
    });
    if (!frame.isConnected) return;
    const tabs = new Set(vehicles.TABS.map(([key]) => key));
    state = page = { view, q: wanted.q || "", tab: tabs.has(wanted.tab) ? wanted.tab : "all", isGrouped: wanted.group === "carrier", car: null, hours: 0, card: null, isLocked: false, answered: new Set(), sosDrawn: "" };
    view.select = (ref) => { const found = view.layer.resolve(ref); state.pick(found && found.kind === "truck" ? found.item : null, { fly: true }); };
    state.list = list(state);
    picking(state, definition);
    state.follow = () => {};
    byId("map-rail-handle").addEventListener("click", () => byId("map-rail").classList.toggle("open"));

    view.whole(false);
    state.help = vehicles.help(state, byId("vehicles-help"));
    state.area = vehicles.area(state, byId("vehicles-area"), byId("vehicles-follow"));
    const renew = () => { state.list.renew(); state.area.renew(); if (state.card) state.card.renew(); sosBar(state); state.help.renew(); };
    let isDue = false;
    const soon = () => { if (!isDue) { isDue = true; setTimeout(() => { isDue = false; if (frame.isConnected) renew(); }, 250); } };
    park.live.attach(frame, { vehicles: () => { lengthen(state); soon(); }, alarms: soon, tick: renew });
    document.addEventListener("park:past", function turned() {
      if (!frame.isConnected) document.removeEventListener("park:past", turned);
      else if (state.hours) state.showTrack(state.hours);
    });
    document.addEventListener("park:answered", function answered() {
      if (!frame.isConnected) document.removeEventListener("park:answered", answered);
      else renew();
    });
    const car = view.definition.vehicles.find((one) => one.plate === wanted.plate);
    const hours = Number(wanted.hours);
    if (car && !state.isLocked) {
      state.pick(car, {});
      if (definition.track_hours.includes(hours)) state.showTrack(hours);
      view.placed(`truck:${car.plate}`, (at) => {
        if (state.car !== car) return;
        if (wanted.follow) state.follow(true);
        else if (!state.hours) view.fly(at.lat, at.lon, 15.5);
      });
    }
  }

  pages.vehicles = function (definition) {
    page = null;
    if (definition) mount(definition).catch((error) => console.error("vehicles", error));
    return window.dash_clientside.no_update;
  };
})();
