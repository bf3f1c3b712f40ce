/* The speed of the vehicle that is replayed, with limit, stops, gaps, late points and alarms, and a hand that moves along.
 * A canvas: the hand moves with every picture while it plays, which a chart library does not keep up with.
 */
(function () {
  "use strict";
  const park = window.park;
  const map = park.map;
  const replay = park.replay;
  const HOUR = 3600000;
  const STEPS = [60000, 300000, 600000, 900000, 1800000, HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR];
  const ROOM = { left: 44, right: 66, top: 26, bottom: 40 };

  const clockOf = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Shanghai", hour12: false, hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const dayOf = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit" });
  replay.clock = (ms) => clockOf.format(ms);
  replay.day = (ms) => dayOf.format(ms);
  replay.span = (ms) => (ms >= HOUR ? `${Math.floor(ms / HOUR)} 时 ${Math.floor((ms % HOUR) / 60000)} 分` : ms >= 60000 ? `${Math.round(ms / 60000)} 分` : `${Math.round(ms / 1000)} 秒`);

  function axes(g, box, state, top) {
    const c = map.colours();
    g.font = map.symbols.font(12);
    g.textBaseline = "middle";
    g.textAlign = "right";
    g.lineWidth = 1;
    for (let speed = 0; speed <= top; speed += 30) {
      const y = box.y(speed);
      g.strokeStyle = c.grid;
      g.beginPath();
      g.moveTo(box.left, y);
      g.lineTo(box.right, y);
      g.stroke();
      g.fillStyle = c.muted;
      g.fillText(String(speed), box.left - 8, y);
    }
    g.fillText("km/h", box.left - 8, box.top - 14);
    g.textAlign = "center";
    const step = STEPS.find((one) => ((state.end - state.start) / one) * 84 < box.right - box.left) || 24 * HOUR;
    const shift = 8 * HOUR; // steps begin at the park's midnight
    let day = "";
    for (let t = Math.ceil((state.start + shift) / step) * step - shift; t <= state.end; t += step) {
      const x = box.x(t);
      const today = replay.day(t);
      g.fillStyle = c.muted;
      g.fillText(today === day && step < 24 * HOUR ? replay.clock(t).slice(0, 5) : `${today.slice(5)} ${replay.clock(t).slice(0, 5)}`, Math.max(box.left + 20, Math.min(x, box.right - 10)), box.bottom + 13);
      day = today;
    }
  }

  function bands(g, box, part) {
    const c = map.colours();
    for (const stop of part.stops) {
      const [from, to] = [box.x(stop.start), box.x(stop.end)];
      g.fillStyle = map.fade(c.stale, 0.16);
      g.fillRect(from, box.top, to - from, box.bottom - box.top);
      g.fillStyle = c.normal;
      g.fillRect(from, box.bottom + 24, Math.max(2, to - from), 12);
      if (to - from > 46) {
        g.fillStyle = c.text;
        g.font = map.symbols.font(11);
        g.textAlign = "center";
        g.fillText(`停 ${stop.words}`, (from + to) / 2, box.bottom + 30.5);
      }
    }
    for (let i = 1; i < part.t.length; i++) {
      const [from, to] = [box.x(part.t[i - 1]), box.x(part.t[i])];
      if (part.late[i] && !part.gap[i]) {
        g.fillStyle = map.fade(c["text-2"], 0.8);
        g.fillRect(from, box.bottom - 3, Math.max(1, to - from), 3);
      }
      if (!part.gap[i]) continue;
      g.fillStyle = map.fade(c.stale, 0.1);
      g.fillRect(from, box.top, to - from, box.bottom - box.top);
      if (to - from > 54) {
        g.fillStyle = c.stale;
        g.font = map.symbols.font(12);
        g.textAlign = "center";
        g.fillText(`缺 ${replay.span(part.t[i] - part.t[i - 1])}`, (from + to) / 2, (box.top + box.bottom) / 2);
      }
    }
  }

  function speeds(g, box, part) {
    const c = map.colours();
    const run = (test, colour, width) => {
      g.beginPath();
      let isDown = false;
      for (let i = 0; i < part.t.length; i++) {
        if (part.gap[i] || !test(i)) isDown = false;
        if (!test(i)) continue;
        if (isDown) g.lineTo(box.x(part.t[i]), box.y(part.speed[i]));
        else g.moveTo(box.x(part.t[i]), box.y(part.speed[i]));
        isDown = true;
      }
      g.strokeStyle = colour;
      g.lineWidth = width;
      g.stroke();
    };
    g.lineJoin = "round";
    run(() => true, c.curve, 1.6);
    run((i) => part.fast[i], c.warn, 2.6);
    const y = box.y(part.limit_kmh);
    g.setLineDash([5, 4]);
    g.strokeStyle = c.warn;
    g.lineWidth = 1.2;
    g.beginPath();
    g.moveTo(box.left, y);
    g.lineTo(box.right, y);
    g.stroke();
    g.setLineDash([]);
    g.fillStyle = c.warn;
    g.font = map.symbols.font(12, true);
    g.textAlign = "left";
    g.fillText(`限 ${Math.round(part.limit_kmh)}`, box.right + 6, y);
  }

  /** The curve in `host`: {draw() all of it, hand() only the hand}. `seek(ms, isDone)` is told where the finger goes. */
  replay.curve = function (host, state, seek) {
    const canvas = document.createElement("canvas");
    canvas.setAttribute("aria-hidden", "true"); // the slider above says the same to who does not see it
    host.replaceChildren(canvas);
    const still = document.createElement("canvas");
    let box = null;

    function place() {
      const ratio = window.devicePixelRatio || 1;
      const [width, height] = [host.clientWidth, host.clientHeight];
      for (const one of [canvas, still]) {
        one.width = width * ratio;
        one.height = height * ratio;
        one.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
      }
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
      const part = state.parts[state.active];
      const top = Math.max(60, Math.ceil(Math.max(part ? Math.max(part.limit_kmh * 1.15, part.top_kmh * 1.05) : 60) / 30) * 30);
      box = { left: ROOM.left, right: width - ROOM.right, top: ROOM.top, bottom: height - ROOM.bottom, width, height, full: top };
      box.x = (t) => box.left + ((t - state.start) / (state.end - state.start)) * (box.right - box.left);
      box.y = (speed) => box.bottom - (speed / box.full) * (box.bottom - box.top);
    }

    function draw() {
      if (!host.isConnected || !host.clientWidth) return;
      place();
      const g = still.getContext("2d");
      const part = state.parts[state.active];
      if (state.end > state.start) axes(g, box, state, box.full);
      if (part && part.t.length) {
        bands(g, box, part);
        speeds(g, box, part);
        let last = -99;
        for (const alarm of part.alarms) {
          const x = box.x(alarm.t);
          if (x - last < 14) continue;
          last = x;
          map.symbols.level(g, x, box.top - 13, alarm.level, { size: 18, filled: alarm.state === "unacknowledged" });
        }
      }
      hand();
    }

    function hand() {
      if (!box) return;
      const g = canvas.getContext("2d");
      const c = map.colours();
      g.clearRect(0, 0, box.width, box.height);
      g.drawImage(still, 0, 0, box.width, box.height);
      const part = state.parts[state.active];
      if (!part || !part.t.length) return;
      const x = box.x(state.time);
      g.fillStyle = c.accent;
      g.fillRect(x - 1, box.top - 2, 2, box.bottom - box.top + 4);
      const here = replay.at(part, state.time);
      if (here && !here.isOut && !here.isGap) {
        map.symbols.circle(g, x, box.y(here.speed), 4.5);
        g.fill();
      }
      const left = Math.max(box.left, Math.min(x - 33, box.right - 66));
      g.beginPath();
      g.roundRect(left, 0, 66, 20, 3);
      g.fill();
      g.fillStyle = c.bg;
      g.font = map.symbols.font(12, true);
      g.textAlign = "center";
      g.textBaseline = "middle";
      g.fillText(replay.clock(state.time), left + 33, 10.5);
    }

    const timeAt = (event) => {
      const share = (event.clientX - canvas.getBoundingClientRect().left - box.left) / (box.right - box.left);
      return state.start + Math.max(0, Math.min(1, share)) * (state.end - state.start);
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (!box || !state.parts.length) return;
      canvas.setPointerCapture(event.pointerId);
      seek(timeAt(event), false);
    });
    canvas.addEventListener("pointermove", (event) => { if (event.buttons && canvas.hasPointerCapture(event.pointerId)) seek(timeAt(event), false); });
    canvas.addEventListener("pointerup", (event) => { if (box && state.parts.length) seek(timeAt(event), true); });
    new ResizeObserver(draw).observe(host);
    return { draw, hand };
  };
})();
