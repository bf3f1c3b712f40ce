/* 轨迹回放: what stands beside the map: stops and alarms that one jumps to, the point at the hand, sums. */
(function () {
  "use strict";
  const park = window.park;
  const map = park.map;
  const el = map.element;
  const replay = park.replay;
  const { put, svg } = map.cardTools;

  const stamp = (state, ms) => (replay.day(state.start) === replay.day(state.end - 1) ? replay.clock(ms) : `${replay.day(ms).slice(5)} ${replay.clock(ms).slice(0, 5)}`);

  function row(state, at, mark, words, long, title) {
    const made = map.button("replay-row", title || "跳到这里", () => state.seek(at, true), mark, el("time", "muted", stamp(state, at)), el("span", "cut", words), el("b", "", long));
    made.dataset.at = at;
    return made;
  }

  function section(title, note, rows, none) {
    return el("section", "replay-section", el("h3", "", title, el("small", "", note)), ...(rows.length ? rows : [el("p", "muted", none)]));
  }

  function sums(part) {
    const rest = part.stops.reduce((sum, stop) => sum + stop.end - stop.start, 0);
    const top = part.speed.indexOf(Math.max(...part.speed));
    const line = (label, value, more) => el("div", "replay-sum", el("span", "muted", label), el("b", "", value), el("small", "", more || ""));
    return [
      line("里程", `${park.draw.number(part.length_km, 1)} km`),
      line("行驶", replay.span(part.moving_s * 1000)),
      line("停车", replay.span(rest), `${part.stops.length} 次`),
      line("最高速度", `${Math.round(part.top_kmh)} km/h`, top >= 0 && part.t.length ? replay.clock(part.t[top]) : ""),
      line("报警", `${part.alarms.length} 条`),
      line("轨迹点", part.count.toLocaleString("zh-CN"), [part.late_count && `补传 ${part.late_count}`, part.dropped_count && `未定位 ${part.dropped_count}`].filter(Boolean).join("，")),
    ];
  }

  /** The side of `state` in `box`: {draw() all of it, hand() what moves}. */
  replay.side = function (box, state) {
    let fields = null;

    function draw() {
      const part = state.parts[state.active];
      if (!part) { box.replaceChildren(el("div", "alarm-empty replay-empty", map.glyph("truck"), el("b", "", "选择车辆和时段"), el("p", "muted", "最多同时回放 4 辆车，时段最长 7 天。"))); fields = null; return; }
      const tabs = state.parts.length > 1 && el("div", "car-tabs replay-cars", ...state.parts.map((one, place) => {
        const made = map.button(place === state.active ? "on" : "", one.carrier, () => state.show(place), one.plate);
        made.setAttribute("aria-pressed", String(place === state.active));
        return made;
      }));
      const rest = part.stops.reduce((sum, stop) => sum + stop.end - stop.start, 0);
      const stops = part.stops.map((stop, n) => row(state, stop.start, el("i", "replay-number", String(n + 1)), `至 ${stamp(state, stop.end)}`, stop.words));
      const alarms = part.alarms.map((alarm) => row(state, alarm.t, svg(park.draw.symbol(alarm.level, alarm.state)), alarm.about ? `${alarm.words} · ${alarm.about}` : alarm.words, alarm.end ? replay.span(alarm.end - alarm.t) : alarm.state_word, `${alarm.level_word} ${alarm.state_word}`));
      fields = Object.fromEntries(["time", "place", "speed", "heading", "doing"].map((key) => [key, el("span", "")]));
      const files = el("div", "replay-files", el("span", "muted", `${part.plate} · ${part.carrier}`), map.button("button small", "导出统计、停车、报警和轨迹点", () => state.file("xlsx"), map.glyph("file-earmark-spreadsheet"), "xlsx"), map.button("button small", "导出 GPX 轨迹", () => state.file("gpx"), map.glyph("geo"), "GPX"));
      box.replaceChildren(...[
        tabs, files,
        section("停车", part.stops.length ? `${part.stops.length} 次 · 共 ${replay.span(rest)}` : "", stops, "没有这么久的停车"),
        section("报警", part.alarms.length ? `${part.alarms.length} 条` : "", alarms, "没有报警"),
        section("当前点", "", [map.cardFacts([["时间", fields.time], ["位置", fields.place], ["速度", fields.speed], ["航向", fields.heading], ["状态", fields.doing]])], ""),
        section("区段统计", "", sums(part), ""),
      ].filter(Boolean));
      hand();
    }

    function hand() {
      const part = state.parts[state.active];
      const here = fields && part && replay.at(part, state.time);
      if (!here) { if (fields) put(fields.doing, "没有轨迹"); return; }
      put(fields.time, `${replay.day(state.time)} ${replay.clock(state.time)}`);
      put(fields.place, `${here.lon.toFixed(5)}°E ${here.lat.toFixed(5)}°N`);
      const isBlind = here.isGap || here.isOut;
      put(fields.speed, isBlind ? "—" : `${Math.round(here.speed)} km/h`);
      put(fields.heading, isBlind ? "—" : `${here.heading}° ${park.vehicles.direction(here.heading)}`);
      put(fields.doing, here.isOut ? "这时没有轨迹" : here.isGap ? "离线，显示最后位置" : `${here.speed > part.limit_kmh ? `超速，限 ${Math.round(part.limit_kmh)}` : here.speed <= 3 ? "停车" : "行驶"}${here.late ? " · 补传点" : ""}`);
    }
    return { draw, hand };
  };
})();
