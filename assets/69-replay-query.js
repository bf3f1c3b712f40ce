/* 轨迹回放: which vehicles, from when to when. What is wrong is said at its field; nothing that was typed is lost. */
(function () {
  "use strict";
  const park = window.park;
  const map = park.map;
  const el = map.element;
  const replay = park.replay;
  const SPANS = [["today", "今天"], ["yesterday", "昨天"], ["24h", "近 24 小时"], ["free", "自选时段"]];
  const MOST_SHOWN = 8;
  const localOf = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });
  const local = (ms) => localOf.format(ms).replace(" ", "T");

  function picker(state, add) {
    const input = el("input");
    input.type = "search";
    input.placeholder = "车牌、运输企业";
    input.setAttribute("aria-label", "按车牌、运输企业查找车辆");
    input.setAttribute("role", "combobox");
    input.autocomplete = "off";
    const list = el("ul", "map-results");
    list.setAttribute("role", "listbox");
    list.hidden = true;
    let found = [];
    let lit = 0;
    function draw() {
      const parts = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      const text = (car) => `${car.plate} ${car.plate.replace(/[·\s]/g, "")} ${car.carrier}`.toLowerCase();
      found = state.cars.filter((car) => !state.ids.includes(car.id) && parts.every((part) => text(car).includes(part))).slice(0, MOST_SHOWN);
      lit = Math.min(lit, Math.max(0, found.length - 1));
      list.hidden = document.activeElement !== input;
      list.replaceChildren(...(found.length ? found.map(row) : [el("li", "map-no-result", "没有找到，请换个词")]));
    }
    function row(car, i) {
      const made = el("li", i === lit ? "on" : "", el("b", "", car.plate), el("span", "", car.carrier), el("small", "", car.medium || ""));
      made.setAttribute("role", "option");
      made.addEventListener("pointerdown", (event) => { event.preventDefault(); take(car); });
      return made;
    }
    function take(car) {
      input.value = "";
      add(car);
      input.blur();
    }
    input.addEventListener("input", () => { lit = 0; draw(); });
    input.addEventListener("focus", draw);
    input.addEventListener("blur", () => (list.hidden = true));
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        lit = Math.max(0, Math.min(found.length - 1, lit + (event.key === "ArrowDown" ? 1 : -1)));
        draw();
      } else if (event.key === "Enter" && found.length) take(found[lit]);
      else if (event.key === "Escape") input.blur();
    });
    return el("div", "map-search", map.glyph("search"), input, list);
  }

  const when = (label, value) => {
    const input = el("input", "replay-when");
    input.type = "datetime-local";
    input.value = value;
    input.setAttribute("aria-label", label);
    return input;
  };

  /** The query of `state` ({cars, ids, wanted}) in `box`: {wish(), tell(summary), fault(text, fields)}. `ask` is called when it is complete. */
  replay.query = function (box, state, limits, ask) {
    const { wanted } = state;
    let kind = SPANS.some(([key]) => key === wanted.span) ? wanted.span : "24h";
    const now = park.live.now();
    const start = when("开始时间", wanted.start || local(now - 86400000));
    const end = when("结束时间", wanted.end || local(now));
    const chips = el("div", "replay-chips");
    const find = picker(state, (car) => { state.ids.push(car.id); renew(); ask(); });
    const between = el("div", "replay-between", start, el("span", "muted", "至"), end);
    const summary = el("p", "replay-summary");
    summary.setAttribute("role", "status");
    const stop = el("select", "form-select replay-stop", ...limits.stops.map((minutes) => { const one = el("option", "", `停车 ≥ ${minutes} 分`); one.value = minutes; return one; }));
    stop.setAttribute("aria-label", "停车时长从几分钟起");
    stop.value = limits.stops.includes(Number(wanted.stop)) ? wanted.stop : limits.stops[0];
    stop.addEventListener("change", () => state.ids.length && ask());
    const tabs = SPANS.map(([key, words]) => {
      const made = map.button("", "", () => { kind = key; renew(); if (key === "free") start.focus(); else if (state.ids.length) ask(); }, words);
      made.dataset.key = key;
      return made;
    });
    const go = map.button("button primary", "", () => ask(), "查询");
    for (const input of [start, end]) input.addEventListener("keydown", (event) => event.key === "Enter" && ask());

    function renew() {
      chips.replaceChildren(...state.ids.map((id, place) => {
        const car = state.cars.find((one) => one.id === id);
        const dot = el("i", "");
        dot.style.background = replay.colour(place);
        return el("span", "replay-chip", state.ids.length > 1 && dot, el("b", "", car ? car.plate : "—"),
          map.button("", `移除 ${car ? car.plate : ""}`, () => { state.ids = state.ids.filter((one) => one !== id); renew(); if (state.ids.length) ask(); else state.clear(); }, map.glyph("x")));
      }));
      find.hidden = state.ids.length >= limits.most;
      between.hidden = kind !== "free";
      for (const tab of tabs) {
        tab.classList.toggle("on", tab.dataset.key === kind);
        tab.setAttribute("aria-pressed", String(tab.dataset.key === kind));
      }
    }
    box.replaceChildren(
      el("div", "replay-line", chips, find),
      el("div", "replay-line", el("div", "car-tabs", ...tabs), between, stop, go),
      summary);
    renew();

    function fault(text, fields) {
      start.classList.toggle("wrong", Boolean(fields && fields.start));
      end.classList.toggle("wrong", Boolean(fields && fields.end));
      summary.classList.toggle("wrong", Boolean(text));
      if (text) summary.textContent = text;
    }
    return {
      wish: () => ({ ids: [...state.ids], span: kind, start: start.value, end: end.value, stop: Number(stop.value) }),
      tell(text) { fault("", null); summary.textContent = text; },
      fault,
      renew,
      address: () => ({ span: kind, start: kind === "free" ? start.value : null, end: kind === "free" ? end.value : null, stop: Number(stop.value) === limits.stops[0] ? null : stop.value }),
    };
  };
})();
