/* 轨迹回放 on the map: tracks in their colours, stops, alarms, and where each vehicle is at the hand's time. */
(function () {
  "use strict";
  const map = window.park.map;
  const symbols = map.symbols;
  const { label } = map.words;
  const replay = (window.park.replay = {});
  const STANDS_KMH = 3;
  const NEAR_PX = 0.8;
  const OF_VEHICLE = ["c2", "c6", "c5", "c4"];

  replay.colour = (place) => map.colours()[OF_VEHICLE[place % OF_VEHICLE.length]];

  /** Columns of one vehicle made ready: {…columns, place, mx, my, fast}. */
  replay.ready = (part, place) => ({
    ...part, place, mx: part.lon.map(map.mercX), my: part.lat.map(map.mercY), fast: part.speed.map((speed) => speed > part.limit_kmh), screen: null,
  });

  /** Number of the last point at or before `time`; -1 before the first. */
  replay.indexAt = function (part, time) {
    let [low, high] = [-1, part.t.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (part.t[middle] <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  };

  /** Where a vehicle is at `time`: {i, lon, lat, speed, heading, isGap, isOut}; null without any point. Nothing is guessed in a gap. */
  replay.at = function (part, time) {
    const last = part.t.length - 1;
    if (last < 0) return null;
    const i = Math.max(0, replay.indexAt(part, time));
    const next = Math.min(i + 1, last);
    const isOut = time < part.t[0] || time > part.t[last];
    const isGap = !isOut && i < next && Boolean(part.gap[next]);
    const span = part.t[next] - part.t[i];
    const share = span > 0 && !isGap && !isOut ? (time - part.t[i]) / span : 0;
    const mix = (list) => list[i] + (list[next] - list[i]) * share;
    return { i, lon: mix(part.lon), lat: mix(part.lat), speed: mix(part.speed), heading: part.heading[i], isGap, isOut, late: part.late[i] };
  };

  /* ---- How a leg looks: colour token or colour, width, dash ------------------------------------------------------------ */

  const SPEEDS = [[20, "b4", "低于 20 km/h"], [40, "b3", "20–40 km/h"], [Infinity, "b1", "40 km/h 以上"]];
  const look = {
    speed: (part, i) => SPEEDS.find(([most]) => part.speed[i] < most)[1],
    state: (part, i) => (part.speed[i] <= STANDS_KMH ? "normal" : "map-vehicle"),
    vehicle: (part) => OF_VEHICLE[part.place % OF_VEHICLE.length],
  };

  /** What the colours mean: [words, colour, dash]. */
  replay.legend = function (by, parts) {
    const c = map.colours();
    const own = by === "speed" ? SPEEDS.map(([, token, words]) => [words, c[token]])
      : by === "state" ? [["行驶", c["map-vehicle"]], ["停车", c.normal]]
        : parts.map((part) => [part.plate, replay.colour(part.place)]);
    return [...own, ["超速", c.warn], ["补传", c["text-2"], "dotted"], ["无定位（虚线连接）", c.stale, "dashed"]];
  };

  /** Places on the window, kept while the map stands still. */
  function project(part, view) {
    const key = `${view.left}|${view.top}|${view.world}`;
    if (!part.screen || part.screen.key !== key) {
      part.screen = { key, x: Float32Array.from(part.mx, view.x), y: Float32Array.from(part.my, view.y) };
    }
    return part.screen;
  }

  /** The legs of a track as one path a look; `split` is the number of the point at the hand. */
  function paths(part, view, by, split) {
    const { x, y } = project(part, view);
    const made = new Map();
    const [far, deep] = [view.width + 60, view.height + 60];
    let from = 0;
    let was = "";
    for (let i = 1; i < part.t.length; i++) {
      const kind = part.gap[i] ? "gap" : part.late[i] ? "late" : part.fast[i] && part.fast[i - 1] ? "warn" : look[by](part, i);
      const key = `${kind}${i <= split ? "" : "/ahead"}`;
      const isLast = i === part.t.length - 1;
      if (!isLast && key === was && Math.abs(x[i] - x[from]) + Math.abs(y[i] - y[from]) < NEAR_PX) continue;
      const isOut = (x[i] < -60 && x[from] < -60) || (y[i] < -60 && y[from] < -60) || (x[i] > far && x[from] > far) || (y[i] > deep && y[from] > deep);
      if (!isOut) {
        if (!made.has(key)) made.set(key, new Path2D());
        const path = made.get(key);
        path.moveTo(x[from], y[from]);
        path.lineTo(x[i], y[i]);
      }
      from = i;
      was = key;
    }
    return made;
  }

  function line(part, view, state) {
    const { g } = view;
    const c = map.colours();
    const made = paths(part, view, state.by, replay.indexAt(part, state.time));
    const isPale = state.parts.length > 1 && part !== state.parts[state.active];
    g.save();
    g.lineCap = g.lineJoin = "round";
    g.strokeStyle = c["map-halo"];
    g.lineWidth = 7;
    for (const [key, path] of made) if (!key.startsWith("gap")) g.stroke(path);
    for (const [key, path] of made) {
      const [kind, ahead] = key.split("/");
      g.globalAlpha = (ahead ? 0.5 : 1) * (isPale ? 0.75 : 1);
      g.strokeStyle = kind === "gap" ? c.stale : kind === "late" ? c[look[state.by](part, 0)] : c[kind];
      g.lineWidth = kind === "warn" ? 5 : kind === "gap" ? 2 : 4;
      g.setLineDash(kind === "gap" ? [8, 8] : kind === "late" ? [1, 7] : []);
      g.stroke(path);
    }
    g.restore();
  }

  function stops(part, view, room, hits) {
    const { g } = view;
    const c = map.colours();
    const drawn = [];
    part.stops.forEach((stop, n) => {
      const x = view.x(map.mercX(stop.lon));
      const y = view.y(map.mercY(stop.lat));
      if (!view.sees(x, y)) return;
      const near = drawn.find((other) => Math.hypot(other.x - x, other.y - y) < 20);
      if (near) { near.words = `停 ${(near.times += 1)} 次`; return; }
      drawn.push({ x, y, times: 1, words: `停 ${stop.words}` });
      symbols.circle(g, x, y, 10);
      g.fillStyle = c.bg;
      g.fill();
      g.lineWidth = 1.8;
      g.strokeStyle = c["text-2"];
      g.stroke();
      symbols.text(g, String(n + 1), x, y + 0.5, { align: "center", px: 12, bold: true, colour: c.text, halo: 0.1 });
      hits.push({ ref: `hand:${part.place}:${stop.start}`, x, y, radius: 13, weight: 8 });
    });
    if (view.zoom >= 13.5) for (const { x, y, words } of drawn) label(view, room, words, x, y, { px: 13, colour: c["text-2"], gap: 14 });
  }

  function alarms(part, view, room, hits) {
    const c = map.colours();
    const drawn = [];
    for (const alarm of part.alarms) {
      const here = alarm.lon !== null && alarm.lat !== null ? alarm : replay.at(part, alarm.t);
      if (!here) continue;
      const x = view.x(map.mercX(here.lon));
      const y = view.y(map.mercY(here.lat));
      if (!view.sees(x, y) || drawn.some(([ax, ay]) => Math.hypot(ax - x, ay - y) < 12)) continue;
      drawn.push([x, y]);
      symbols.level(view.g, x, y, alarm.level, { size: 24, filled: alarm.state === "unacknowledged" });
      if (view.zoom >= 13.5) label(view, room, `${alarm.words} ${replay.clock(alarm.t)}`, x, y, { px: 13, bold: alarm.level <= 2, colour: c[`level-${alarm.level}`], gap: 16 });
      hits.push({ ref: `hand:${part.place}:${alarm.t}`, x, y, radius: 14, weight: 12 });
    }
  }

  function hand(part, view, state, room) {
    const here = replay.at(part, state.time);
    if (!here) return;
    const x = view.x(map.mercX(here.lon));
    const y = view.y(map.mercY(here.lat));
    const isActive = part === state.parts[state.active];
    if (isActive) {
      symbols.circle(view.g, x, y, 24);
      view.g.fillStyle = map.fade(map.colours().accent, 0.22);
      view.g.fill();
      symbols.selection(view.g, x, y, 24);
    }
    const doing = here.isGap || here.isOut ? "off" : here.speed > part.limit_kmh ? "warn" : here.speed <= STANDS_KMH ? "stop" : "run";
    symbols.vehicle(view.g, x, y, doing, here.heading, isActive ? 1.2 : 1);
    const words = `${part.plate} ${here.isOut ? "不在时段内" : here.isGap ? "无定位" : `${Math.round(here.speed)} km/h`}`;
    label(view, room, words, x, y, { px: 14, bold: isActive, colour: doing === "warn" ? map.colours().warn : map.colours().text, gap: isActive ? 30 : 18, always: true });
  }

  /** Draw the tracks of `state` ({parts, time, by, active}) into a picture of the layer. */
  replay.paint = function (state, layer, view, room) {
    const behind = state.parts.filter((part) => part.t.length);
    for (const part of behind) line(part, view, state);
    for (const part of behind) stops(part, view, room, layer.hits);
    for (const part of behind) alarms(part, view, room, layer.hits);
    for (const part of behind) hand(part, view, state, room);
  };
})();
