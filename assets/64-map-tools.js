/* More tools of every map: what is at a place, other base maps, refresh, saving as a picture, printing. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const map = (park.map = park.map || {});
  const L = window.L;
  const BASES = [["dark", "详图"], ["plain", "简图"], ["tiles", "瓦片底图"]];
  const PLAIN = new Set(["river", "outline", "street_area", "railway"]);
  const KEY = "park.map.base";
  const FOOT_PX = 44;

  /* ---- Base maps --------------------------------------------------------------------------------------------------------- */

  const kept = () => { try { return localStorage.getItem(KEY) || "dark"; } catch (error) { return "dark"; } };

  /** Show one of the base maps: all of the drawing, its plain lines only, or the tiles of the park's own server. */
  function showBase(view, frame, base) {
    const paint = map.style;
    const style = base === "dark" ? paint : (feature) => (base === "plain" && PLAIN.has(feature.properties.kind) ? paint(feature) : { fill: false, stroke: feature.properties.kind === "outline", color: map.colours()["map-outline"], weight: 1.5 });
    view.map.eachLayer((layer) => { if (layer instanceof L.GeoJSON) layer.setStyle(style); });
    if (view.tiles) view.tiles.remove();
    view.tiles = base === "tiles" ? L.tileLayer(frame.dataset.tiles, { crossOrigin: "anonymous", maxZoom: 19 }).addTo(view.map) : null;
    view.base = base;
    try { localStorage.setItem(KEY, base); } catch (error) { /* the choice is for this page only */ }
  }

  function bases(view, frame) {
    const open = BASES.filter(([key]) => key !== "tiles" || frame.dataset.tiles);
    const buttons = open.map(([key, words]) => map.button("", "", () => { showBase(view, frame, key); mark(); }, words));
    const mark = () => buttons.forEach((button, n) => {
      button.classList.toggle("on", open[n][0] === (view.base || "dark"));
      button.setAttribute("aria-pressed", String(open[n][0] === (view.base || "dark")));
    });
    const wanted = open.some(([key]) => key === kept()) ? kept() : "dark";
    // The drawing of the park comes after the map; what is chosen is put on it when it is there.
    if (wanted !== "dark") {
      view.base = wanted;
      view.map.on("layeradd", (event) => { if (event.layer instanceof L.GeoJSON) setTimeout(() => showBase(view, frame, view.base)); });
      showBase(view, frame, wanted);
    }
    mark();
    return map.element("div", "car-tabs map-bases", ...buttons);
  }

  /* ---- What is here -------------------------------------------------------------------------------------------------------- */

  const KIND_WORDS = { tank: "储罐", truck: "车辆", ent: "企业", cam: "摄像机", gas: "气体探测器", place: "地点" };

  /** Everything that lies at a place of the window: [kind, name, reference]. */
  map.thingsAt = function (view, at) {
    const point = view.map.latLngToContainerPoint(at);
    const { layer } = view;
    const near = layer.hits.filter((one) => Math.hypot(one.x - point.x, one.y - point.y) <= Math.max(16, Math.min(one.radius, 24))).map((one) => one.ref);
    const ground = layer.ground(point.x, point.y);
    const refs = [...new Set([...near, ...(ground ? [ground.ref] : [])])].filter(Boolean);
    const things = refs.map((ref) => [KIND_WORDS[ref.split(":")[0]] || "", layer.nameOf(ref), ref]).filter(([, name]) => name);
    const fences = (view.definition.fences || []).map((fence) => [fence, map.drawnOf(fence)]).filter(([, drawn]) => drawn && map.isInside(drawn, at.lng, at.lat));
    return [...things, ...fences.map(([fence]) => ["围栏", `${fence.name}${fence.speed_limit_kmh ? ` · 限速 ${fence.speed_limit_kmh}` : ""}`, null])];
  };

  function identifying(view, frame, onPick) {
    const box = map.element("div", "map-identify float");
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", "这里有什么");
    let button = null;
    const stop = () => {
      view.identifies = false;
      box.remove();
      view.map.getContainer().classList.remove("measuring");
      if (button) button.classList.remove("on");
    };
    view.map.on("click", (event) => {
      if (!view.identifies) return;
      const things = map.thingsAt(view, event.latlng);
      const rows = things.map(([kind, name, ref]) => {
        const words = [map.element("small", "muted", kind), map.element("span", "", name)];
        return map.element("li", "", ref && onPick ? map.button("", "打开", () => { stop(); onPick(ref); }, ...words) : map.element("div", "", ...words));
      });
      box.replaceChildren(map.element("header", "", map.element("b", "", "这里有什么"), map.button("map-card-close", "结束查询", stop, map.glyph("x-lg"))),
        map.element("ul", "", ...(rows.length ? rows : [map.element("li", "muted", "没有地物")])), map.element("p", "muted", `${event.latlng.lng.toFixed(5)}°E ${event.latlng.lat.toFixed(5)}°N`));
      if (!box.isConnected) frame.append(box);
    });
    view.map.on("unload", stop);
    return (event, pressed) => {
      button = pressed;
      if (view.identifies) { stop(); return; }
      view.measure.stop();
      view.shaping.stop();
      view.identifies = true;
      view.map.getContainer().classList.add("measuring");
      pressed.classList.add("on");
    };
  }

  /* ---- Pictures ------------------------------------------------------------------------------------------------------------ */

  function footOf(g, view, width, height) {
    const c = map.colours();
    const title = (document.querySelector(".brand b") || document.querySelector(".brand") || { textContent: "" }).textContent.trim();
    g.fillStyle = c.surface;
    g.fillRect(0, height, width, FOOT_PX);
    g.fillStyle = c.text;
    g.textBaseline = "middle";
    g.textAlign = "left";
    g.font = map.symbols.font(14, true);
    g.fillText([title, document.title.split(/ [·|-] /)[0]].filter(Boolean).join(" · "), 16, height + FOOT_PX / 2);
    const metres = map.metresPerPixel(view.map);
    const nice = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000].find((one) => one / metres > 80) || 10000;
    const long = nice / metres;
    const words = `${new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium" }).format(park.live.now())}（北京时间）`;
    g.font = map.symbols.font(13);
    g.textAlign = "right";
    g.fillText(words, width - 16, height + FOOT_PX / 2);
    const right = width - 32 - g.measureText(words).width;
    g.fillText(nice >= 1000 ? `${nice / 1000} km` : `${nice} m`, right - long - 10, height + FOOT_PX / 2);
    g.strokeStyle = c.text;
    g.lineWidth = 1.5;
    g.beginPath();
    g.moveTo(right - long, height + FOOT_PX / 2 - 3);
    g.lineTo(right - long, height + FOOT_PX / 2 + 4);
    g.lineTo(right, height + FOOT_PX / 2 + 4);
    g.lineTo(right, height + FOOT_PX / 2 - 3);
    g.stroke();
  }

  const legendWidth = (g, entries) => (entries.length ? Math.ceil(Math.max(...entries.map(([words]) => map.symbols.width(g, words, 13)))) + 62 : 0);

  /** Beside the map: on it, it would hide what the picture is taken for. */
  function legendOf(g, entries, x, height) {
    const c = map.colours();
    const y = 0;
    g.fillStyle = c.surface;
    g.fillRect(x, y, legendWidth(g, entries), height);
    entries.forEach(([words, paint], n) => {
      g.save();
      paint(g, x + 24, y + 21 + n * 26);
      g.restore();
      g.font = map.symbols.font(13);
      g.textAlign = "left";
      g.textBaseline = "middle";
      g.fillStyle = c.text;
      g.fillText(words, x + 46, y + 21 + n * 26);
    });
  }

  /** The map as it stands, with legend, scale and time, as a canvas. */
  map.picture = function (view, entries) {
    const container = view.map.getContainer();
    const frame = container.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    const made = document.createElement("canvas");
    const g = made.getContext("2d");
    const width = frame.width + legendWidth(g, entries);
    made.width = width * ratio;
    made.height = (frame.height + FOOT_PX) * ratio;
    g.scale(ratio, ratio);
    g.fillStyle = map.colours()["map-ground"];
    g.fillRect(0, 0, frame.width, frame.height);
    view.layer._draw();
    const level = (node) => Number(getComputedStyle(node.closest(".leaflet-pane:not(.leaflet-map-pane)") || node).zIndex) || 0;
    const layers = [...container.querySelectorAll(".leaflet-tile-pane img, .leaflet-pane canvas")].sort((a, b) => level(a) - level(b));
    for (const one of layers) {
      const at = one.getBoundingClientRect();
      if (at.width) g.drawImage(one, at.x - frame.x, at.y - frame.y, at.width, at.height);
    }
    if (entries.length) legendOf(g, entries, frame.width, frame.height);
    footOf(g, view, width, frame.height);
    return made;
  };

  function save(view, entries) {
    map.picture(view, entries).toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `地图_${new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium" }).format(park.live.now()).replace(/[-:]/g, "").replace(" ", "_")}.png`;
      link.dataset.plain = "1";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    }, "image/png");
  }

  function print(view, entries) {
    const sheet = map.picture(view, entries);
    sheet.className = "map-print";
    document.body.append(sheet);
    document.body.classList.add("printing-map");
    const done = () => { sheet.remove(); document.body.classList.remove("printing-map"); window.removeEventListener("afterprint", done); };
    window.addEventListener("afterprint", done);
    window.print();
  }

  /* ---- The menu -------------------------------------------------------------------------------------------------------------- */

  /** The button and its menu: [button, menu]. */
  map.moreTools = function (view, frame, options) {
    const entries = () => (options.pictured ? options.pictured() : options.legend || map.LEGEND);
    const line = (icon, words, then) => map.button("map-more-line", "", (event, button) => then(event, button), map.glyph(icon), words);
    const identify = identifying(view, frame, options.onPick);
    const menu = map.element("div", "map-more float",
      line("question-circle", "地物查询", identify),
      line("arrow-clockwise", "刷新", () => { view.map.invalidateSize(); if (view.tiles) view.tiles.redraw(); if (park.live.refresh) park.live.refresh(); view.layer.request(); }),
      line("image", "保存图片", () => save(view, entries())),
      line("printer", "打印", () => print(view, entries())),
      map.element("div", "map-more-base", map.element("span", "muted", "底图"), bases(view, frame)));
    menu.hidden = true;
    return [map.button("wide-only", "更多工具", (event, button) => { menu.toggleAttribute("hidden"); button.classList.toggle("on", !menu.hidden); }, map.glyph("three-dots")), menu];
  };
})();
