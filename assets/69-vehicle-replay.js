/* 轨迹回放: the page. One state, one hand of time; map, curve, slider and side show it. */
(function () {
  "use strict";
  const park = window.park;
  const map = park.map;
  const el = map.element;
  const replay = park.replay;
  const pages = window.dash_clientside.park_pages;
  const byId = (id) => document.getElementById(id);
  const send = (id, data) => window.dash_clientside.set_props(id, { data });
  const RATES = [1, 5, 20, 60];
  const MODES = [["speed", "按速度"], ["state", "按状态"], ["vehicle", "按车辆"]];
  let page = null; // callbacks from the server find it here

  const clamp = (state, at) => Math.max(state.start, Math.min(state.end, at));

  /* ---- The hand ------------------------------------------------------------------------------------------------------------ */

  function moving(state) {
    const { view } = state;
    let frame = 0;
    let last = 0;
    let told = 0;

    function drawn() {
      view.layer.request();
      state.curve.hand();
      state.side.hand();
      state.deck.hand();
      const here = state.isFollowing && state.parts[state.active] && replay.at(state.parts[state.active], state.time);
      if (here) view.center(here.lat, here.lon);
    }

    function keep() {
      told = performance.now();
      park.shell.state({ at: state.parts.length ? Math.round(state.time / 1000) * 1000 : null, rate: state.rate === 20 ? null : state.rate });
    }

    /** Over stops, and over what nobody knows, when all vehicles stand or are silent. */
    function skipped(time) {
      const ends = state.parts.map((part) => {
        const stop = part.stops.find((one) => one.start <= time && time < one.end);
        if (stop) return stop.end;
        const here = replay.at(part, time);
        if (!here) return state.end;
        if (here.isGap) return part.t[here.i + 1];
        return here.isOut ? (time < part.t[0] ? part.t[0] : state.end) : 0;
      });
      return ends.every(Boolean) ? Math.min(...ends) : time;
    }

    function step(now) {
      frame = 0;
      if (!state.isPlaying || !byId("replay-deck")) return;
      const passed = Math.min(250, now - last) * state.rate;
      // A map that takes long to draw may not fill the processor.
      if (now - last >= Math.max(33, view.layer.drawn.ms * 2)) {
        last = now;
        state.time = clamp(state, state.time + passed);
        if (state.skips) state.time = clamp(state, skipped(state.time));
        if (state.time >= state.end) state.play(false);
        drawn();
        if (now - told > 2000) keep();
      }
      if (state.isPlaying) frame = requestAnimationFrame(step);
    }

    state.play = function (isOn) {
      if (isOn && !state.parts.some((part) => part.t.length)) return;
      if (isOn && state.time >= state.end) state.time = state.start;
      state.isPlaying = isOn;
      last = performance.now();
      cancelAnimationFrame(frame);
      if (isOn) frame = requestAnimationFrame(step);
      else keep();
      state.deck.hand();
    };
    /** Put the hand at `at`; `isShown` brings the place into the map. */
    state.seek = function (at, isShown) {
      state.time = clamp(state, at);
      drawn();
      keep();
      const here = isShown && state.parts[state.active] && replay.at(state.parts[state.active], state.time);
      if (here && !view.map.getBounds().pad(-0.15).contains([here.lat, here.lon])) view.fly(here.lat, here.lon, 15);
    };
    state.step = function (by) {
      const part = state.parts[state.active];
      if (!part || !part.t.length) return;
      const i = replay.indexAt(part, state.time);
      const next = by > 0 ? i + 1 : part.t[Math.max(0, i)] < state.time ? i : i - 1;
      state.play(false);
      state.seek(part.t[Math.max(0, Math.min(part.t.length - 1, next))], true);
    };
    /** To the next or last of `times`, if there is one. */
    state.jump = function (times, by) {
      const sorted = [...times].sort((a, b) => a - b);
      const found = by > 0 ? sorted.find((at) => at > state.time + 500) : sorted.filter((at) => at < state.time - 500).pop();
      if (found !== undefined) state.seek(found, true);
    };
  }

  /* ---- Buttons ------------------------------------------------------------------------------------------------------------- */

  function tick(words, isOn, change) {
    const box = el("input");
    box.type = "checkbox";
    box.checked = isOn;
    box.addEventListener("change", () => change(box.checked));
    return el("label", "car-tick", box, el("span", "", words));
  }

  function deck(host, state) {
    const active = () => state.parts[state.active];
    const play = map.button("replay-play", "播放或暂停（空格）", () => state.play(!state.isPlaying));
    const now = el("b", "replay-now");
    const until = el("span", "muted");
    const slider = el("input", "replay-slider");
    slider.type = "range";
    slider.min = 0;
    slider.step = 1000;
    slider.setAttribute("aria-label", "回放时间");
    slider.addEventListener("input", () => state.seek(state.start + Number(slider.value), false));
    const rates = RATES.map((rate) => {
      const made = map.button("", `${rate} 倍速`, () => { state.rate = rate; park.shell.state({ rate: rate === 20 ? null : rate }); hand(); }, `×${rate}`);
      made.dataset.rate = rate;
      return made;
    });
    const jump = (words, list, by) => map.button("button small", words, () => active() && state.jump(list(active()), by), words);
    const alarmTimes = (part) => part.alarms.map((one) => one.t);
    const stopTimes = (part) => part.stops.map((one) => one.start);
    const jumps = [jump("上一报警", alarmTimes, -1), jump("下一报警", alarmTimes, 1), jump("下一停车", stopTimes, 1)];
    const back = map.button("button square", "上一点（←）", () => state.step(-1), map.glyph("skip-start"));
    const on = map.button("button square", "下一点（→）", () => state.step(1), map.glyph("skip-end"));
    const curve = el("div", "replay-curve");
    host.replaceChildren(
      el("div", "replay-bar", back, play, on, now, until, el("div", "car-tabs replay-rates", ...rates), ...jumps,
        el("span", "replay-ticks", tick("跳过停车", state.skips, (isOn) => (state.skips = isOn)), tick("地图跟随", state.isFollowing, (isOn) => { state.isFollowing = isOn; state.seek(state.time, false); }))),
      slider, curve);
    state.curve = replay.curve(curve, state, (at) => state.seek(at, false));

    function hand() {
      const isThere = state.parts.some((part) => part.t.length);
      play.replaceChildren(map.glyph(state.isPlaying ? "pause-fill" : "play-fill"));
      play.setAttribute("aria-pressed", String(state.isPlaying));
      for (const button of [play, back, on, slider]) button.disabled = !isThere;
      jumps.forEach((button, n) => (button.disabled = !active() || !(n < 2 ? active().alarms : active().stops).length));
      const isLong = isThere && replay.day(state.start) !== replay.day(state.end - 1);
      now.textContent = isThere ? (isLong ? `${replay.day(state.time).slice(5)} ` : "") + replay.clock(state.time) : "--:--:--";
      until.textContent = isThere ? `/ ${isLong ? `${replay.day(state.end).slice(5)} ` : ""}${replay.clock(state.end)}` : "";
      slider.max = isThere ? state.end - state.start : 1;
      slider.value = isThere ? state.time - state.start : 0;
      slider.setAttribute("aria-valuetext", now.textContent);
      for (const button of rates) {
        button.classList.toggle("on", Number(button.dataset.rate) === state.rate);
        button.setAttribute("aria-pressed", String(Number(button.dataset.rate) === state.rate));
      }
    }
    return { hand };
  }

  function legend(box, state) {
    const modes = MODES.map(([key, words]) => {
      const made = map.button(state.by === key ? "on" : "", "", () => { state.by = key; park.shell.state({ by: key === state.usual() ? null : key }); legend(box, state); state.view.layer.request(); }, words);
      made.setAttribute("aria-pressed", String(state.by === key));
      return made;
    });
    const rows = replay.legend(state.by, state.parts).map(([words, colour, dash]) => {
      const stroke = el("i", dash || "");
      stroke.style.setProperty("--k", colour);
      return el("li", "", stroke, words);
    });
    box.hidden = !state.parts.length;
    box.replaceChildren(el("div", "car-tabs", ...modes), el("ul", "", ...rows));
  }

  /* ---- Asking -------------------------------------------------------------------------------------------------------------- */

  function asking(state) {
    state.ask = function () {
      if (!state.ids.length) { state.query.fault("请选择车辆。", { vehicles: "请选择车辆。" }); return; }
      if (state.isPlaying) state.play(false);
      state.key = Date.now();
      state.query.tell("正在读取…");
      const plates = state.ids.map((id) => (state.cars.find((car) => car.id === id) || {}).plate).filter(Boolean);
      park.shell.state({ plate: plates.join(","), alarm: null, ...state.query.address() });
      send("replay-wish", { ...state.query.wish(), key: state.key });
    };
    state.clear = function () {
      state.parts = [];
      state.query.tell("");
      park.shell.state({ plate: null, at: null });
      state.redraw();
    };
    state.file = (ending) => send("replay-file", { ...state.query.wish(), ending, key: Date.now() });
    state.usual = () => (state.parts.length > 1 ? "vehicle" : "speed");
    state.show = function (place) { state.active = place; state.redraw(); };
    state.redraw = function () {
      state.active = Math.min(state.active, Math.max(0, state.parts.length - 1));
      legend(byId("replay-legend"), state);
      state.side.draw();
      state.curve.draw();
      state.deck.hand();
      state.view.layer.request();
    };
  }

  function fit(state) {
    const corners = state.parts.flatMap((part) => part.lat.map((lat, i) => [lat, part.lon[i]]));
    if (!corners.length) return;
    const [top, right, bottom, left] = state.view.padding(true);
    state.view.map.fitBounds(window.L.latLngBounds(corners), { paddingTopLeft: [left + 30, top + 20], paddingBottomRight: [right + 30, bottom + 30], maxZoom: 16, animate: false });
  }

  pages.replay_found = function (found) {
    if (!page || !found || found.key !== page.key) return;
    const state = page;
    if (!found.parts) { state.query.fault(found.text, found.faults); return; }
    state.parts = found.parts.map(replay.ready).map((part) => ({ ...part, stops: part.stops.map((stop) => ({ ...stop, words: replay.span(stop.end - stop.start) })) }));
    // From the first point to the last: hours without any would press the curve flat.
    const first = Math.min(...state.parts.map((part) => part.t[0] ?? Infinity));
    const last = Math.max(...state.parts.map((part) => part.t[part.t.length - 1] ?? -Infinity));
    const isThere = Number.isFinite(first);
    [state.start, state.end] = isThere ? [Math.max(found.start, first - 30000), Math.min(Math.max(found.end, last), last + 30000)] : [found.start, found.end];
    const wanted = Number(state.wanted.at);
    state.time = clamp(state, wanted >= found.start && wanted <= found.end ? wanted : isThere ? first : found.start);
    state.wanted.at = "";
    state.by = MODES.some(([key]) => key === state.wanted.by) ? state.wanted.by : state.usual();
    const sum = (key) => state.parts.reduce((all, part) => all + part[key], 0);
    const words = [isThere && `${replay.day(first)} ${replay.clock(first).slice(0, 5)} 至 ${replay.day(last) === replay.day(first) ? "" : `${replay.day(last)} `}${replay.clock(last).slice(0, 5)}`, `${sum("count").toLocaleString("zh-CN")} 点`, `${park.draw.number(sum("length_km"), 1)} km`, sum("late_count") && `补传 ${sum("late_count")} 点`, sum("dropped_count") && `未定位 ${sum("dropped_count")} 点`];
    const cut = state.parts.filter((part) => part.is_cut).map((part) => `${part.plate} 的点太多，只读到 ${replay.day(part.t[part.t.length - 1])} ${replay.clock(part.t[part.t.length - 1])}`);
    const none = state.parts.filter((part) => !part.t.length).map((part) => `${part.plate} 这段时间没有轨迹`);
    state.query.tell([...(sum("count") ? words : []), ...none, ...cut].filter(Boolean).join(" · "));
    fit(state);
    state.redraw();
  };

  pages.replay_file = () => undefined;

  /* ---- The page ------------------------------------------------------------------------------------------------------------- */

  function keys(state, frame) {
    document.addEventListener("keydown", function key(event) {
      if (!frame.isConnected) { document.removeEventListener("keydown", key); return; }
      if (event.target.closest("input, textarea, select, button, a") || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === " ") { event.preventDefault(); state.play(!state.isPlaying); }
      if (event.key === "ArrowLeft" || event.key === "ArrowRight") state.step(event.key === "ArrowRight" ? 1 : -1);
    });
  }

  async function mount(definition) {
    const frame = byId("map-replay");
    const wanted = definition.wanted || {};
    const isPhone = () => window.matchMedia("(max-width: 767px)").matches;
    const padding = () => [byId("replay-query").offsetHeight + 24, 64, 52, 16];
    let state = null;
    const view = await map.open(frame, definition, {
      shown: { alarm: false, vehicle: false, camera: false, detector: false, fence: true, enterprise: true, place: true, tank: true },
      padding: () => (isPhone() ? [190, 56, 40, 8] : padding()), stage: document.documentElement, legend: map.VEHICLE_LEGEND,
      pictured: () => (state ? replay.legend(state.by, state.parts) : []).map(([words, colour, dash]) => [words, (g, x, y) => {
        g.strokeStyle = colour;
        g.lineWidth = dash === "dashed" ? 2 : 4;
        g.setLineDash(dash === "dashed" ? [6, 5] : dash ? [2, 5] : []);
        g.beginPath();
        g.moveTo(x - 13, y);
        g.lineTo(x + 13, y);
        g.stroke();
      }]),
      onPick: (ref) => {
        const [kind, place, at] = String(ref || "").split(":");
        if (kind !== "hand") return;
        state.active = Number(place);
        state.redraw();
        state.seek(Number(at), false);
      },
    });
    if (!frame.isConnected) return;
    const plates = String(wanted.plate || "").split(",").filter(Boolean);
    const ids = wanted.id ? [wanted.id] : definition.vehicles.filter((car) => plates.includes(car.plate)).map((car) => car.id).slice(0, definition.replay.most);
    const rate = Number(wanted.rate);
    state = page = { view, wanted, cars: definition.vehicles, ids, parts: [], start: 0, end: 0, time: 0, active: 0, by: "speed", rate: RATES.includes(rate) ? rate : 20, isPlaying: false, skips: false, isFollowing: false, key: 0 };
    frame.parkReplay = state; // for tests and for the console
    moving(state);
    asking(state);
    state.side = replay.side(byId("replay-side"), state);
    state.query = replay.query(byId("replay-query"), state, definition.replay, () => state.ask());
    state.deck = deck(byId("replay-deck"), state);
    view.layer.overlay = (picture, room) => replay.paint(state, view.layer, picture, room);
    keys(state, frame);
    state.redraw();
    view.whole(false);
    if (plates.length > ids.length && !wanted.id) state.query.fault(`没有找到车辆：${plates.filter((plate) => !definition.vehicles.some((car) => car.plate === plate)).join("、") || "最多同时回放 4 辆"}`, {});
    if (ids.length) state.ask();
  }

  pages.replay = function (definition) {
    page = null;
    if (definition) mount(definition).catch((error) => console.error("replay", error));
    return window.dash_clientside.no_update;
  };
})();
