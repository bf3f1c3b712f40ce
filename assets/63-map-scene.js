/* What the live layer looks like: vehicles, their tracks, alarms, and the order of drawing. Words find their room in
 * 63-map-labels.js; what stands still is drawn by 63-map-places.js.
 *
 * Order: street names, areas, enterprises, tanks, places, track, vehicles, abnormal things, call-outs, names, selection.
 */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const map = (park.map = park.map || {});
  const symbols = map.symbols;
  const { space, around, label, streetNames, placeCallouts } = map.words;
  const { fences, fenceNames, enterpriseLines, enterpriseNames, tanks, gates, devices } = map.places;

  const MOST_PLATES = 250;
  const FEW = 300;
  const PLATES_FROM_ZOOM = 15;
  const SAME_SPOT = 17; // px: symbols closer than this become one with a count
  const URGENT = new Set(["sos", "collision", "rollover"]);
  const LEVEL_TONES = { 1: "danger", 2: "warn", 3: "note", 4: "stale" };

  const openAlarms = () => (park.alarms && park.alarms.list ? park.alarms.list() : park.live.alarms) || [];
  const isWaiting = (alarm) => alarm.state === "unacknowledged";

  /* ---- States ------------------------------------------------------------------------------------------------------ */

  /** Newest alarm of each vehicle that is about its driving, by vehicle id; lists come with the worst first. */
  map.vehicleAlarms = function () {
    const found = new Map();
    for (const alarm of openAlarms()) {
      if (alarm.source_type === "vehicle" && !found.has(alarm.source_id)) found.set(alarm.source_id, alarm);
    }
    return found;
  };

  /** run, stop, off (no message for three minutes), warn (an alarm lasts), sos (somebody calls for help). */
  map.vehicleState = function (fix, alarm, now) {
    if (alarm && URGENT.has(alarm.kind)) return "sos";
    if (map.isOffLine(fix, now)) return "off";
    if (alarm && alarm.level <= 3 && !alarm.cleared) return "warn";
    return fix.speed >= 3 ? "run" : "stop";
  };

  /** Alarms by the thing on the map that they are about. */
  function grouped(layer) {
    const tanks = new Map();
    const vehicles = new Map();
    const spots = new Map();
    const put = (into, key, alarm) => { if (into.has(key)) into.get(key).push(alarm); else into.set(key, [alarm]); };
    for (const alarm of openAlarms()) {
      if (alarm.source_type === "vehicle") put(vehicles, alarm.source_id, alarm);
      else if (alarm.tank_id && layer.by.tank.has(alarm.tank_id)) put(tanks, alarm.tank_id, alarm);
      else if (alarm.lon && alarm.lat) put(spots, `${alarm.lon},${alarm.lat}`, alarm);
    }
    return { tanks, vehicles, spots };
  }

  /* ---- Track --------------------------------------------------------------------------------------------------------- */

  function track(layer, view, room) {
    const shown = layer.track;
    if (!shown || !shown.mx.length) return;
    const { g } = view;
    const c = map.colours();
    g.save();
    g.lineJoin = g.lineCap = "round";
    const run = (test, colour, width, dash) => {
      g.beginPath();
      for (let i = 1; i < shown.mx.length; i++) {
        if (!test(i)) continue;
        g.moveTo(view.x(shown.mx[i - 1]), view.y(shown.my[i - 1]));
        g.lineTo(view.x(shown.mx[i]), view.y(shown.my[i]));
      }
      g.setLineDash(dash || []);
      g.strokeStyle = colour;
      g.lineWidth = width;
      g.stroke();
    };
    const isFast = (i) => shown.fast[i] && shown.fast[i - 1];
    run((i) => !shown.gap[i] && !shown.late[i], c["map-halo"], 7);
    run((i) => shown.gap[i], map.fade(c.accent, 0.45), 2, [2, 6]);
    run((i) => !shown.gap[i] && shown.late[i], map.fade(c.accent, 0.75), 3.5, [2, 5]);
    run((i) => !shown.gap[i] && !shown.late[i] && !isFast(i), map.fade(c.accent, 0.8), 4);
    run((i) => !shown.gap[i] && isFast(i), c.warn, 5);
    g.restore();
    const end = shown.mx.length - 1;
    const mark = (i, text) => {
      const x = view.x(shown.mx[i]);
      const y = view.y(shown.my[i]);
      g.beginPath();
      g.arc(x, y, 5, 0, 7);
      g.fillStyle = c.bg;
      g.fill();
      g.lineWidth = 2.5;
      g.strokeStyle = c.accent;
      g.stroke();
      label(view, room, text, x, y, { px: 12, colour: c.text, gap: 10, always: true });
    };
    shown.stops.forEach((stop, n) => {
      const x = view.x(map.mercX(stop.lon));
      const y = view.y(map.mercY(stop.lat));
      if (!view.sees(x, y)) return;
      symbols.circle(g, x, y, 10);
      g.fillStyle = c.bg;
      g.fill();
      g.lineWidth = 1.6;
      g.strokeStyle = c["text-2"];
      g.stroke();
      symbols.text(g, String(n + 1), x, y + 0.5, { align: "center", px: 12, bold: true, colour: c.text, halo: 0.1 });
      if (view.zoom >= 14) label(view, room, `停车 ${stop.words}`, x, y, { px: 13, colour: c["text-2"], gap: 14 });
    });
    if (!shown.isOpen) mark(end, `终 ${shown.endWords}`);
    mark(0, `起 ${shown.startWords}`);
    if (shown.cursor !== null && shown.cursor !== undefined) {
      symbols.selection(g, view.x(shown.mx[shown.cursor]), view.y(shown.my[shown.cursor]), 8);
    }
  }

  /* ---- Vehicles ------------------------------------------------------------------------------------------------------ */

  function vehicles(layer, view, alarms, room) {
    const abnormal = [];
    if (!layer.shown.vehicle) return abnormal;
    const normal = [];
    for (const one of layer.cars) {
      if (!view.sees(one.x, one.y)) continue;
      one.alarms = alarms.get(one.id) || [];
      one.state = map.vehicleState(one.fix, one.alarms[0], view.now);
      layer.hits.push({ ref: `truck:${one.car.plate}`, x: one.x, y: one.y, radius: one.state === "sos" ? 34 : 13, weight: one.state === "sos" ? 20 : 8 });
      if (one.state === "sos" || one.state === "warn") abnormal.push(one);
      else normal.push(one);
    }
    // One by one each has its rim over its neighbour; a crowd is drawn in a few strokes.
    if (normal.length > FEW) symbols.vehicles(view.g, normal);
    else for (const one of normal) symbols.vehicle(view.g, one.x, one.y, one.state, one.heading, 1);
    // Names make room for what stands; they would jump if they made room for what passes.
    if (normal.length <= FEW) for (const one of normal) if (one.state !== "run") room.take(around(one.x, one.y, 9));
    if (view.zoom >= PLATES_FROM_ZOOM && normal.length <= MOST_PLATES) {
      const colour = map.colours()["text-2"];
      const faded = map.colours().stale;
      for (const one of normal) room.take(around(one.x, one.y, 10));
      layer.plates = normal.map((one) => ({ one, text: one.car.plate, colour: one.state === "off" ? faded : colour }));
    }
    const picked = normal.find((one) => `truck:${one.car.plate}` === layer.selected);
    if (picked) layer.plates.unshift({ one: picked, text: picked.car.plate, colour: map.colours().text, isPicked: true });
    return abnormal;
  }

  /** What a vehicle did, in a few words: 超速 68 km/h. */
  map.offence = function (alarm, fix) {
    const isFast = fix && (!alarm.limit || fix.speed > alarm.limit); // it has slowed down: what it was caught at
    if (alarm.kind === "overspeed") return `超速 ${Math.round(isFast ? fix.speed : alarm.value || 0)}${alarm.limit ? `，限 ${Math.round(alarm.limit)}` : " km/h"}`;
    return alarm.about ? `${alarm.kind_word} ${alarm.about}` : alarm.kind_word;
  };

  const lapse = (ms) => (park.alarms && park.alarms.lapse ? park.alarms.lapse(ms) : `${Math.round(ms / 1000)} s`);

  function abnormalVehicles(layer, view, list, callouts, room) {
    for (const one of list) {
      const alarm = one.alarms[0];
      if (one.state === "sos") {
        const isBright = view.isStill || !isWaiting(alarm) || map.phase() & 1;
        const isAnswered = !isWaiting(alarm);
        symbols.sos(view.g, one.x, one.y, isBright, isAnswered);
        symbols.vehicle(view.g, one.x, one.y, "sos", one.heading, isAnswered ? 1.15 : 1.35);
        const load = [one.car.medium, one.car.load_t ? `${one.car.load_t} t` : "空车"].filter(Boolean).join(" ");
        const word = alarm.kind === "sos" ? "SOS" : alarm.kind_word;
        callouts.push({ key: `v${one.id}`, x: one.x, y: one.y, clear: isAnswered ? 28 : 72, tone: isAnswered ? "danger-line" : "sos", lines: [`${one.car.plate} ${word}`, `${load} · ${Math.round(one.fix.speed)} km/h · ${isAnswered ? alarm.state_word : lapse(view.now - alarm.raised)}`], ref: `truck:${one.car.plate}` });
        room.take(around(one.x, one.y, 30));
      } else {
        symbols.vehicle(view.g, one.x, one.y, "warn", one.heading, 1.15);
        room.take(around(one.x, one.y, 12));
        const words = `${one.car.plate} ${map.offence(alarm, one.fix)}`;
        const isPicked = `truck:${one.car.plate}` === layer.selected;
        label(view, room, words, one.x, one.y, { px: 14, bold: true, colour: map.colours().warn, always: true, gap: isPicked ? 27 : 16 });
      }
    }
  }

  function plates(layer, view, room) {
    const [picked] = layer.plates;
    for (const { one, text, colour, isPicked } of layer.plates) {
      if (!isPicked && picked.isPicked && one === picked.one) continue;
      label(view, room, text, one.x, one.y, { px: 13, colour, bold: isPicked, always: isPicked, gap: isPicked ? 27 : 14 });
    }
    layer.plates = [];
  }

  /* ---- Alarms -------------------------------------------------------------------------------------------------------- */

  const shortTitle = (alarm) => `${alarm.name} ${alarm.kind_word}`;

  /** Symbols of alarms that have a place and are not a vehicle's; near ones become one, the worst on top. */
  function alarmMarks(layer, view, groups) {
    if (!layer.shown.alarm) return [];
    const marks = [];
    const add = (x, y, lift, alarms, ref) => {
      if (!view.sees(x, y)) return;
      marks.push({ x, y: y - lift, alarms, alarm: alarms[0], ref, more: alarms.length - 1, anchor: [x, y] });
    };
    for (const [id, alarms] of groups.tanks) {
      const tank = layer.by.tank.get(id);
      const radius = Math.max(2, tank.diameter_m / 2 / view.perPixel);
      add(view.x(tank.mx), view.y(tank.my), radius > 16 ? radius + 15 : 0, alarms, `tank:${tank.code}`);
    }
    for (const alarms of groups.spots.values()) {
      const alarm = alarms[0];
      const detector = layer.by.detector.get(alarm.source_id);
      add(view.x(map.mercX(alarm.lon)), view.y(map.mercY(alarm.lat)), 0, alarms, detector ? `gas:${detector.code}` : "");
    }
    const rank = (mark) => mark.alarm.level * 2 + (isWaiting(mark.alarm) ? 0 : 1);
    marks.sort((a, b) => rank(a) - rank(b) || b.alarm.raised - a.alarm.raised);
    const kept = [];
    for (const mark of marks) {
      const near = kept.find((other) => Math.hypot(other.x - mark.x, other.y - mark.y) < SAME_SPOT);
      if (near) near.more += mark.alarms.length;
      else kept.push(mark);
    }
    return kept;
  }

  function paintMarks(layer, view, marks) {
    const phase = map.phase();
    for (const mark of [...marks].reverse()) {
      const { alarm } = mark;
      const waits = isWaiting(alarm);
      const isDark = waits && !view.isStill && ((alarm.level === 1 && !(phase & 1)) || (alarm.level === 2 && !(phase & 2)));
      const size = alarm.level <= 2 ? 28 : 22;
      symbols.level(view.g, mark.x, mark.y, alarm.level, { size, filled: waits, dashed: alarm.state === "recovered", opacity: isDark ? 0.35 : 1 });
      if (alarm.level === 1 && waits) {
        view.g.save();
        view.g.globalAlpha = isDark ? 0.35 : 1;
        view.g.strokeStyle = map.colours().danger;
        view.g.lineWidth = 2.5;
        symbols.circle(view.g, mark.x, mark.y, 21);
        view.g.stroke();
        view.g.restore();
      }
      if (mark.more) symbols.text(view.g, `+${mark.more}`, mark.x + size / 2 + 1, mark.y - size / 2 + 3, { px: 12, bold: true, colour: map.colours()["text-2"] });
      if (mark.ref) layer.hits.push({ ref: mark.ref, x: mark.x, y: mark.y, radius: size / 2 + 3, weight: 14 });
    }
  }

  function alarmCallouts(marks, view) {
    const words = park.alarms || {};
    return marks
      .filter(({ alarm }) => alarm.level <= 2 && !alarm.cleared)
      .map((mark) => {
        const { alarm } = mark;
        const value = words.valueText ? words.valueText(alarm) : String(alarm.value);
        const limit = words.limitText ? words.limitText(alarm) : "";
        const waits = isWaiting(alarm);
        const second = waits ? [value, limit, lapse(view.now - alarm.raised)] : [value, alarm.state_word];
        const tone = alarm.level === 2 ? "warn" : waits ? "danger" : "danger-line";
        return { key: `a${alarm.id}`, x: mark.x, y: mark.y, clear: 20, tone, lines: [shortTitle(alarm), second.filter(Boolean).join(" · ")], ref: mark.ref };
      });
  }

  /* ---- All of it ------------------------------------------------------------------------------------------------------ */

  function selection(layer, view, marks) {
    const found = layer.resolve(layer.selected);
    if (!found || found.kind === "ent") return;
    const mark = marks.find((one) => one.ref === layer.selected);
    if (mark) { symbols.selection(view.g, mark.x, mark.y, mark.alarm.level === 1 ? 27 : 22); return; }
    if (found.kind === "truck") {
      const one = layer.cars.find((car) => car.id === found.item.id);
      if (one && one.state !== "sos") symbols.selection(view.g, one.x, one.y, 22);
      return;
    }
    const mx = found.item.mx ?? map.mercX(found.item.lon);
    const my = found.item.my ?? map.mercY(found.item.lat);
    const radius = found.kind === "tank" ? Math.max(9, (found.item.diameter_m / 2 / view.perPixel) * 1.25) : 16;
    symbols.selection(view.g, view.x(mx), view.y(my), radius);
  }

  /** Draw one picture of the layer. */
  map.paint = function (layer, view) {
    const groups = grouped(layer);
    const room = space();
    layer.hits = [];
    layer.plates = [];
    const marks = alarmMarks(layer, view, groups);
    for (const mark of marks) room.take(around(mark.x, mark.y, 15));

    const dim = layer.focus ? 0.6 : 1;
    view.g.globalAlpha = dim;
    const streets = space();
    streetNames(layer, view, streets);
    const names = fences(layer, view);
    enterpriseLines(layer, view);
    tanks(layer, view, groups.tanks, room);
    gates(layer, view, room);
    devices(layer, view);
    fenceNames(names, view, room, streets);
    track(layer, view, room);
    if (layer.overlay) layer.overlay(view, room);
    view.g.globalAlpha = 1;
    const abnormal = vehicles(layer, view, groups.vehicles, room);
    const callouts = [];
    paintMarks(layer, view, marks);
    abnormalVehicles(layer, view, abnormal, callouts, room);
    const wanted = [...callouts, ...(layer.shown.alarm ? alarmCallouts(marks, view) : [])];
    const obstacles = [...marks.map((mark) => ({ ...around(mark.x, mark.y, 18), key: `a${mark.alarm.id}` })), ...abnormal.map((one) => ({ ...around(one.x, one.y, one.state === "sos" ? 46 : 16), key: `v${one.id}` }))];
    const placed = placeCallouts(layer, view, wanted, obstacles);
    for (const one of placed) room.take(one.box);
    view.g.globalAlpha = dim;
    plates(layer, view, room);
    enterpriseNames(layer, view, room);
    view.g.globalAlpha = 1;
    for (const one of placed.reverse()) {
      symbols.callout(view.g, one.x, one.y, one.box, one.lines, one.tone);
      if (one.ref) layer.hits.push({ ref: one.ref, x: one.box.x + one.box.w / 2, y: one.box.y + one.box.h / 2, radius: one.box.h / 2, weight: 16 });
    }
    selection(layer, view, marks);
    layer.callouts = placed;
    layer.needsTick = placed.length > 0;
    layer.blinks = !view.isStill && (marks.some(({ alarm }) => isWaiting(alarm) && alarm.level <= 2) || abnormal.some((one) => one.state === "sos" && isWaiting(one.alarms[0])));
  };

  map.LEVEL_TONES = LEVEL_TONES;
})();
