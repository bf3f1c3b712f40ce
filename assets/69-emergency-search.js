/* 应急资源查询: an area or a distance round a place, a keyword, kinds; what is found as a list, the nearest first, and on the map. */
(function () {
  "use strict";
  const park = window.park;
  const map = park.map;
  const el = map.element;
  const pages = window.dash_clientside.park_pages;
  const byId = (id) => document.getElementById(id);
  const MOST_ROWS = 300;
  const NAMES_FROM_ZOOM = 14.5;
  let page = null; // the callback from the server finds it here

  const far = (metres) => (metres === null ? "" : `${park.draw.number(metres / 1000, 2)} km`);
  const shown = (state) => state.rows.filter((one) => state.kinds.has(one.kind));

  /* ---- The map --------------------------------------------------------------------------------------------------------------- */

  function paint(state, view, room) {
    const { symbols, words } = map;
    const drawn = [];
    const layer = state.view.layer;
    for (const one of shown(state)) {
      if (one.lon === null) continue;
      const x = view.x(map.mercX(one.lon));
      const y = view.y(map.mercY(one.lat));
      if (!view.sees(x, y)) continue;
      const near = drawn.find((other) => Math.hypot(other.x - x, other.y - y) < 20);
      if (near) { near.more += 1; if (one === state.picked) near.one = one; continue; }
      drawn.push({ one, x, y, more: 0 });
    }
    for (const { one, x, y, more } of [...drawn].reverse()) {
      symbols.force(view.g, x, y, state.sign.get(one.kind));
      if (one === state.picked) symbols.selection(view.g, x, y, 20);
      if (more) symbols.text(view.g, `+${more}`, x + 13, y - 10, { px: 12, bold: true });
      layer.hits.push({ ref: `resource:${one.kind}:${one.id}`, x, y, radius: 14, weight: 10 });
    }
    for (const { one, x, y } of drawn) {
      if (one === state.picked || view.zoom >= NAMES_FROM_ZOOM) words.label(view, room, one.name, x, y, { px: 13, bold: one === state.picked, gap: 18, always: one === state.picked });
    }
  }

  /* ---- The list -------------------------------------------------------------------------------------------------------------- */

  function row(state, one) {
    const kind = state.definition.kinds.find((other) => other.code === one.kind);
    const pick = map.button("resource-pick", one.lon === null ? "没有坐标" : "在地图上查看", () => state.pick(one), el("b", "", one.name), el("i", "", far(one.far) || (one.lon === null ? "无坐标" : "")), el("span", "", [kind.word, one.what].filter(Boolean).join(" · ")), el("small", "", one.address));
    const call = one.phone && el("a", "resource-call", map.glyph("telephone"), one.phone);
    if (call) { call.href = `tel:${one.phone.replace(/[^\d+]/g, "")}`; call.dataset.plain = "1"; }
    const open = el("a", "resource-open muted", "详情");
    open.href = `${kind.path}?open=${one.id}`;
    const made = el("li", `resource-row${one === state.picked ? " picked" : ""}`, pick, el("div", "resource-links", call, open));
    made.dataset.key = `${one.kind}:${one.id}`;
    return made;
  }

  function draw(state) {
    const counts = new Map();
    for (const one of state.rows) counts.set(one.kind, (counts.get(one.kind) || 0) + 1);
    state.chips.replaceChildren(...state.definition.kinds.filter((kind) => counts.has(kind.code)).map((kind) => {
      const made = map.button(`resource-kind${state.kinds.has(kind.code) ? " on" : ""}`, "显示或隐藏", () => {
        if (!state.kinds.delete(kind.code)) state.kinds.add(kind.code);
        park.shell.state({ kinds: state.kinds.size === state.definition.kinds.length ? null : [...state.kinds].join(",") || "none" });
        draw(state);
      }, kind.word, el("b", "", String(counts.get(kind.code))));
      made.setAttribute("aria-pressed", String(state.kinds.has(kind.code)));
      return made;
    }));
    const list = shown(state);
    const where = !state.drawn ? "全部，按名称" : state.drawn.kind === "circle" ? `${far(state.drawn.radius_m)} 内，由近到远` : "所画范围内，由近到远";
    state.words.classList.toggle("wrong", Boolean(state.fault));
    state.words.textContent = state.fault || (state.isAsking ? "正在查询…" : list.length ? `${list.length} 项 · ${where}${list.length > MOST_ROWS ? `；列出前 ${MOST_ROWS} 项` : ""}` : "没有找到，请扩大范围或换个词");
    state.list.replaceChildren(...list.slice(0, MOST_ROWS).map((one) => row(state, one)));
    state.view.layer.request();
  }

  function side(state) {
    const input = el("input");
    input.type = "search";
    input.maxLength = 100;
    input.placeholder = "名称、专长、型号、单位";
    input.setAttribute("aria-label", "关键词");
    input.value = state.q;
    let waiting = 0;
    input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(() => { state.q = input.value.trim(); state.ask(); }, 350); });
    const radius = el("select", "form-select", ...state.definition.radii.map((km) => { const one = el("option", "", `周边 ${km} km`); one.value = km; return one; }));
    radius.setAttribute("aria-label", "距离");
    radius.value = 5;
    const around = (at) => state.take({ kind: "circle", center: at, radius_m: Number(radius.value) * 1000 });
    radius.addEventListener("change", () => state.drawn && around(map.middleOf(state.drawn)));
    const point = map.button("map-button", "单击地图上的一点，查周边资源", () => { state.isPointing = !state.isPointing; state.mark(); }, map.glyph("geo-alt"), "指定点");
    const shapes = map.KINDS_OF_SHAPE.map(([kind, words, icon]) => map.button("map-button", `${words}资源`, () => { state.isPointing = false; state.mark(); state.view.shaping.start(kind, (drawn) => state.take(drawn)); }, map.glyph(icon), words));
    state.mark = (drawn) => { if (drawn && state.definition.radii.includes(drawn.radius_m / 1000)) radius.value = drawn.radius_m / 1000; point.classList.toggle("on", state.isPointing); state.view.map.getContainer().classList.toggle("measuring", state.isPointing); };
    state.around = around;
    state.chips = el("div", "resource-kinds");
    state.words = el("p", "area-words");
    state.words.setAttribute("role", "status");
    state.list = el("ul", "resource-rows");
    const clear = map.button("map-button", "不限范围", () => { state.view.shaping.clear(); state.take(null); }, map.glyph("x-lg"), "不限范围");
    byId("resources-side").replaceChildren(
      el("div", "car-head", el("b", "", "应急资源查询")),
      el("div", "resource-tools", el("div", "map-search", map.glyph("search"), input), el("div", "resource-line", point, radius), el("div", "resource-line", ...shapes, clear), state.chips, state.words),
      state.list);
  }

  function acting(state) {
    const { view } = state;
    state.ask = function () {
      Object.assign(state, { key: Date.now(), isAsking: true, fault: "" });
      park.shell.state({ q: state.q || null, area: state.drawn ? map.drawnText(state.drawn) : null });
      window.dash_clientside.set_props("resources-wish", { data: { area: state.drawn, q: state.q, key: state.key } });
    };
    state.take = function (drawn) {
      state.drawn = drawn;
      state.isPointing = false;
      state.mark(drawn);
      if (drawn) {
        view.shaping.show(drawn);
        const all = drawn.kind === "circle" ? window.L.latLng(drawn.center[1], drawn.center[0]).toBounds(2 * drawn.radius_m) : window.L.latLngBounds(drawn.corners.map(([lon, lat]) => [lat, lon]));
        view.map.fitBounds(all, { padding: [30, 30], maxZoom: 16, animate: false });
      }
      state.ask();
    };
    state.pick = function (one) {
      state.picked = one;
      draw(state);
      const line = state.list.querySelector(`[data-key="${one.kind}:${one.id}"]`);
      if (line) line.scrollIntoView({ block: "nearest" });
      if (one.lon !== null) view.fly(one.lat, one.lon, 15.5);
    };
  }

  pages.resources_found = function (told) {
    if (!page || !told || told.key !== page.key) return;
    Object.assign(page, { rows: told.rows || [], fault: told.text || "", isAsking: false, picked: null });
    draw(page);
  };

  async function mount(definition) {
    const frame = byId("map-resources");
    const { wanted } = definition;
    const codes = definition.kinds.map((kind) => kind.code);
    const asked = (wanted.kinds || "").split(",").filter(Boolean);
    const state = { definition, q: wanted.q || "", drawn: map.drawnFrom(wanted.area), rows: [], kinds: new Set(asked.length ? codes.filter((code) => asked.includes(code)) : codes), sign: new Map(definition.kinds.map((kind) => [kind.code, kind.sign])), picked: null, key: 0, fault: "", isPointing: false, isAsking: false };
    const data = { ...definition, enterprises: [], tanks: [], detectors: [], cameras: [], fences: [], vehicles: [] };
    const view = (state.view = await map.open(frame, data, {
      shown: { alarm: false, place: false }, stage: document.documentElement, padding: () => [20, 64, 56, 20],
      legend: definition.kinds.map((kind) => [kind.word, (g, x, y) => map.symbols.force(g, x, y, kind.sign)]),
      onPick: (ref) => {
        const [kind, code, id] = String(ref || "").split(":");
        if (kind === "resource" && !state.isPointing) state.pick(state.rows.find((one) => one.kind === code && one.id === Number(id)));
      },
    }));
    if (!frame.isConnected) return;
    page = state;
    view.map.on("click", (event) => { if (state.isPointing) state.around([Number(event.latlng.lng.toFixed(6)), Number(event.latlng.lat.toFixed(6))]); });
    acting(state);
    side(state);
    view.layer.overlay = (picture, room) => paint(state, picture, room);
    view.whole(false);
    state.take(state.drawn);
  }

  pages.resources = function (definition) {
    page = null;
    if (definition) mount(definition).catch((error) => console.error("resources", error));
    return window.dash_clientside.no_update;
  };
})();
