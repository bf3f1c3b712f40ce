/* Symbols of the map on a canvas: vehicles, levels, cameras, forces, call-outs, text with a halo. Sizes in CSS pixels.
 * Every function takes the 2D context and a place; colours come from the theme through park.map.colours().
 */
(function () {
  "use strict";
  const map = (window.park = window.park || {}).map = window.park.map || {};
  const symbols = (map.symbols = {});
  const TURN = Math.PI / 180;

  const DART = new Path2D("M0-14 9.5 9 0 4.5-9.5 9z");
  const HOLLOW_DART = new Path2D("M0-13 8.5 7.5 0 4-8.5 7.5z");
  const CAMERA = new Path2D("M-5.5-3.5h7v7h-7zM1.5-.5l4-2.5v6l-4-2.5z");
  const SHIELD = new Path2D("M-11-11h22v14L0 12-11 3z");
  // The shapes of the levels, in a box of 26: octagon, triangle, circle, diamond.
  const LEVELS = {
    1: new Path2D("M8.2 1.5h9.6L24.5 8.2v9.6l-6.7 6.7H8.2L1.5 17.8V8.2z"),
    2: new Path2D("M13 2 25 23.5H1z"),
    3: new Path2D("M13 1.5a11.5 11.5 0 1 1 0 23 11.5 11.5 0 0 1 0-23z"),
    4: new Path2D("M13 1 25 13 13 25 1 13z"),
  };

  symbols.font = (px, bold) => `${bold ? "700 " : ""}${px}px ${map.colours().font}`;

  const widths = new Map();
  /** Width of a text, measured once. */
  symbols.width = function (g, text, px, bold) {
    const key = `${bold ? "b" : ""}${px}|${text}`;
    let known = widths.get(key);
    if (known === undefined) {
      if (widths.size > 20000) widths.clear();
      g.font = symbols.font(px, bold);
      widths.set(key, (known = g.measureText(text).width));
    }
    return known;
  };

  /** Text with a dark halo, so that it reads on any ground. */
  symbols.text = function (g, text, x, y, options) {
    const o = options || {};
    g.font = symbols.font(o.px || 13, o.bold);
    g.textAlign = o.align || "left";
    g.textBaseline = "middle";
    g.lineJoin = "round";
    g.lineWidth = o.halo || 3.5;
    g.strokeStyle = map.colours()["map-halo"];
    g.strokeText(text, x, y);
    g.fillStyle = o.colour || map.colours()["map-label"];
    g.fillText(text, x, y);
  };

  /* ---- Vehicles --------------------------------------------------------------------------------------------------- */

  const VEHICLE_COLOURS = { run: "map-vehicle", stop: "muted", off: "stale", warn: "warn", sos: "danger" };

  symbols.vehicleColour = (state) => map.colours()[VEHICLE_COLOURS[state] || "map-vehicle"];

  /** A vehicle: a dart turned to its heading, a square when it stands, a dashed hollow dart when it is off line. */
  symbols.vehicle = function (g, x, y, state, heading, size) {
    const c = map.colours();
    g.save();
    g.translate(x, y);
    g.scale(size || 1, size || 1);
    g.lineJoin = "round";
    if (state === "stop") {
      g.fillStyle = c.bg;
      g.strokeStyle = c.muted;
      g.lineWidth = 2;
      g.beginPath();
      g.roundRect(-7, -7, 14, 14, 2);
      g.fill();
      g.stroke();
      g.fillStyle = c.muted;
      g.fillRect(-2.5, -2.5, 5, 5);
    } else {
      g.rotate(heading * TURN);
      if (state === "off") {
        g.fillStyle = c.bg;
        g.strokeStyle = c.stale;
        g.lineWidth = 1.5;
        g.setLineDash([3, 2]);
        g.fill(HOLLOW_DART);
        g.stroke(HOLLOW_DART);
      } else {
        g.strokeStyle = c["map-rim"];
        g.lineWidth = 4; // half of it lies under the fill
        g.stroke(DART);
        g.fillStyle = symbols.vehicleColour(state);
        g.fill(DART);
      }
    }
    g.restore();
  };

  const STEP = 5; // degrees between the pictures of a crowd's darts
  const BOX = 36; // the side of such a picture
  let pictures = new Map(); // state → pictures by heading, at one scale
  let picturesAt = 0;
  document.addEventListener("park:theme", () => { pictures = new Map(); });

  /** A vehicle drawn beforehand in that state and about that heading, `scale` device pixels a unit. */
  function picture(state, heading, scale) {
    if (scale !== picturesAt) { pictures = new Map(); picturesAt = scale; }
    let known = pictures.get(state);
    if (!known) pictures.set(state, (known = []));
    const step = state === "stop" ? 0 : ((Math.round(heading / STEP) * STEP) % 360) / STEP;
    if (!known[step]) {
      const canvas = new OffscreenCanvas(Math.ceil(BOX * scale), Math.ceil(BOX * scale));
      const g = canvas.getContext("2d");
      g.scale(scale, scale);
      symbols.vehicle(g, BOX / 2, BOX / 2, state, step * STEP, 1);
      known[step] = canvas.transferToImageBitmap(); // a canvas would be copied anew at every use
    }
    return known[step];
  }

  const CROWD = 1000; // so many are drawn smaller: they would cover each other and the park

  /** Many normal vehicles ({x, y, state, heading}) as pictures made once: a path of five thousand darts takes ten times as long. */
  symbols.vehicles = function (g, list) {
    const ratio = g.getTransform().a;
    const scale = list.length > CROWD ? ratio * 0.65 : ratio;
    const half = (BOX / 2) * scale;
    g.save();
    g.setTransform(1, 0, 0, 1, 0, 0);
    for (const wanted of ["off", "stop", "run"]) {
      for (const { x, y, state, heading } of list) {
        // On whole pixels: a picture is copied then, not computed.
        if (state === wanted) g.drawImage(picture(state, heading, scale), Math.round(x * ratio - half), Math.round(y * ratio - half));
      }
    }
    g.restore();
  };

  /** Rings and cross-hair round a vehicle that called for help; one ring once somebody has answered. */
  symbols.sos = function (g, x, y, isBright, isAnswered) {
    const colour = map.colours().danger;
    g.save();
    g.strokeStyle = colour;
    g.lineWidth = 2.5;
    g.globalAlpha = isBright ? 1 : 0.35;
    circle(g, x, y, isAnswered ? 24 : 30);
    g.stroke();
    if (isAnswered) { g.restore(); return; }
    g.globalAlpha = 0.6;
    g.lineWidth = 1.5;
    circle(g, x, y, 44);
    g.stroke();
    g.globalAlpha = 1;
    g.lineWidth = 2.5;
    g.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      g.moveTo(x + dx * 42, y + dy * 42);
      g.lineTo(x + dx * 66, y + dy * 66);
    }
    g.stroke();
    g.restore();
  };

  /* ---- Levels ----------------------------------------------------------------------------------------------------- */

  function circle(g, x, y, radius) {
    g.beginPath();
    g.arc(x, y, radius, 0, 2 * Math.PI);
  }
  symbols.circle = circle;

  /** The symbol of a level: filled while nobody has answered, hollow after, dashed when the condition is gone. */
  symbols.level = function (g, x, y, level, options) {
    const o = options || {};
    const c = map.colours();
    const size = o.size || 26;
    g.save();
    g.globalAlpha = o.opacity === undefined ? 1 : o.opacity;
    g.translate(x - size / 2, y - size / 2);
    g.scale(size / 26, size / 26);
    g.lineJoin = "round";
    g.fillStyle = o.filled ? c[`level-${level}-fill`] : c.bg;
    g.strokeStyle = c[`level-${level}`];
    g.lineWidth = 2;
    g.fill(LEVELS[level]);
    if (o.dashed) g.setLineDash([4, 3]);
    g.stroke(LEVELS[level]);
    g.fillStyle = o.filled ? c[`level-${level}-on`] : c[`level-${level}`];
    g.font = symbols.font(level === 2 ? 12 : 13, true);
    g.textAlign = "center";
    g.textBaseline = "alphabetic";
    g.fillText(String(level), 13, level === 2 ? 20.5 : 17.6);
    g.restore();
  };

  /* ---- Places ----------------------------------------------------------------------------------------------------- */

  symbols.camera = function (g, x, y) {
    const c = map.colours();
    g.save();
    g.translate(x, y);
    g.fillStyle = c.bg;
    g.strokeStyle = c.muted;
    g.lineWidth = 1.2;
    circle(g, 0, 0, 10);
    g.fill();
    g.stroke();
    g.fillStyle = c.muted;
    g.fill(CAMERA);
    g.restore();
  };

  /** A gas detector: a small ring with a point, in the colour of its state. */
  symbols.detector = function (g, x, y, colour, isStale) {
    g.save();
    g.fillStyle = map.colours().bg;
    g.strokeStyle = colour;
    g.lineWidth = 1.4;
    if (isStale) g.setLineDash([2, 2]);
    circle(g, x, y, 5);
    g.fill();
    g.stroke();
    circle(g, x, y, 1.8);
    g.fillStyle = colour;
    g.fill();
    g.restore();
  };

  const FORCE_SIGNS = { fire_station: "消", rescue: "救", hospital: "医", police: "警", store: "物", shelter: "避", command: "指", weather: "气" };

  /** A force or shelter: a shield with one character. */
  symbols.force = function (g, x, y, sign) {
    const c = map.colours();
    g.save();
    g.translate(x, y);
    g.fillStyle = c.bg;
    g.strokeStyle = c["map-team"];
    g.lineWidth = 1.8;
    g.fill(SHIELD);
    g.stroke(SHIELD);
    g.fillStyle = c["map-team"];
    g.font = symbols.font(12, true);
    g.textAlign = "center";
    g.textBaseline = "alphabetic";
    g.fillText(FORCE_SIGNS[sign] || (sign && sign.length === 1 ? sign : "点"), 0, 4);
    g.restore();
  };

  symbols.gate = function (g, x, y) {
    const c = map.colours();
    g.save();
    g.fillStyle = c.bg;
    g.strokeStyle = c["map-label"];
    g.lineWidth = 1.5;
    g.beginPath();
    g.roundRect(x - 8, y - 8, 16, 16, 2);
    g.fill();
    g.stroke();
    g.fillStyle = c["map-label"];
    g.font = symbols.font(11, true);
    g.textAlign = "center";
    g.textBaseline = "middle";
    g.fillText("门", x, y + 0.5);
    g.restore();
  };

  /* ---- Call-outs and selection ------------------------------------------------------------------------------------- */

  /** Size of a call-out: {w, h}. */
  symbols.calloutSize = function (g, lines) {
    const [first, second] = lines;
    const w = Math.max(symbols.width(g, first, 14, true), second ? symbols.width(g, second, 13) : 0) + 20;
    return { w: Math.ceil(w), h: second ? 46 : 28 };
  };

  /** A box with one or two lines and a leader from the thing it is about. `tone`: sos (filled red), danger (red on tint), danger-line, warn (outlined). */
  symbols.callout = function (g, x, y, box, lines, tone) {
    const c = map.colours();
    const isFilled = tone === "sos";
    const edge = tone === "warn" ? c.warn : c.danger;
    const endX = Math.max(box.x + 14, Math.min(x, box.x + box.w - 14));
    const endY = box.y + box.h < y ? box.y + box.h : box.y > y ? box.y : box.y + box.h / 2;
    const sideX = box.x > x ? box.x : box.x + box.w < x ? box.x + box.w : endX;
    g.save();
    g.strokeStyle = edge;
    g.lineWidth = 1.5;
    g.beginPath();
    g.moveTo(x, y);
    g.lineTo(endY === box.y + box.h / 2 ? sideX : endX, endY);
    g.stroke();
    g.fillStyle = isFilled ? c["danger-fill"] : tone === "danger" ? c["danger-tint"] : c.raised;
    g.lineWidth = isFilled || tone === "danger" ? 2 : 1;
    g.beginPath();
    g.roundRect(box.x, box.y, box.w, box.h, 4);
    g.fill();
    g.stroke();
    g.textAlign = "left";
    g.textBaseline = "middle";
    g.font = symbols.font(14, true);
    g.fillStyle = isFilled ? c["danger-fill-on"] : tone === "danger" ? c.text : edge;
    g.fillText(lines[0], box.x + 10, box.y + (lines[1] ? 15 : 14));
    if (lines[1]) {
      g.font = symbols.font(13);
      g.fillStyle = isFilled ? c["danger-fill-on"] : tone === "danger" ? c["note-red-text"] : c["text-2"];
      g.fillText(lines[1], box.x + 10, box.y + 33);
    }
    g.restore();
  };

  symbols.selection = function (g, x, y, radius) {
    g.save();
    g.strokeStyle = map.colours().accent;
    g.lineWidth = 2;
    circle(g, x, y, radius);
    g.stroke();
    g.restore();
  };

  /* ---- The legend ------------------------------------------------------------------------------------------------- */

  const vehicle = (state, heading) => (g, x, y) => symbols.vehicle(g, x, y, state, heading, 0.8);
  const level = (number, options) => (g, x, y) => symbols.level(g, x, y, number, { size: 22, ...options });

  map.VEHICLE_LEGEND = [
    ["行驶", vehicle("run", 30)], ["停车", vehicle("stop", 0)], ["离线（超过 3 分钟）", vehicle("off", 30)],
    ["超速等报警", vehicle("warn", 30)], ["SOS 人工报警", vehicle("sos", 30)],
  ];
  map.LEGEND = [
    ["紧急 未确认", level(1, { filled: true })], ["重要 未确认", level(2, { filled: true })], ["一般 未确认", level(3, { filled: true })],
    ["已确认，未恢复", level(2)], ["已恢复，未确认", level(2, { dashed: true })], ["系统（停更、断线）", level(4)],
    ...map.VEHICLE_LEGEND,
    ["摄像机", (g, x, y) => symbols.camera(g, x, y)], ["气体探测器", (g, x, y) => symbols.detector(g, x, y, map.colours().muted)],
    ["救援力量、避难场所", (g, x, y) => symbols.force(g, x, y, "fire_station")],
  ];
})();
