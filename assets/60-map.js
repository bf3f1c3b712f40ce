/* The park's map: style of the base map, and the frame round Leaflet (tools, coordinates, scale).
 *
 * park.map.open(frame, definition, options) gives a promise of a view: {map, layer, show, select, fly, whole, …}.
 * What moves is drawn by 62-map-layer.js, symbols by 61-map-symbols.js, measuring by 63-map-measure.js.
 */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const pages = (window.park_pages = window.park_pages || {});
  const client = (window.dash_clientside = window.dash_clientside || {});
  client.park_pages = client.park_pages || pages;
  const map = (park.map = park.map || {});
  const FLIGHT_S = 0.6;

  /* ---- Colours ---------------------------------------------------------------------------------------------------- */

  const TOKENS = [
    "font", "bg", "surface", "raised", "text", "text-2", "muted", "accent", "stale", "maint", "normal", "liquid", "warn", "danger", "danger-fill", "danger-fill-on",
    "danger-tint", "note-red-text", "map-ground", "map-park", "map-plot", "map-building", "map-street", "map-street-main", "map-river", "map-rail", "map-outline",
    "map-label", "map-halo", "map-vehicle", "map-rim", "map-team", "b1", "b3", "b4", "c2", "c4", "c5", "c6", "grid", "curve",
    ...[1, 2, 3, 4].flatMap((level) => [`level-${level}`, `level-${level}-fill`, `level-${level}-on`, `risk-${level}`, `risk-${level}-on`]),
  ];
  let palette = null;
  let faded = new Map();
  document.addEventListener("park:theme", () => { palette = null; faded = new Map(); });

  /** The theme's tokens as plain colours, read once a theme: colours()["map-plot"]. */
  map.colours = function () {
    if (!palette) {
      const style = getComputedStyle(document.documentElement);
      palette = Object.fromEntries(TOKENS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    }
    return palette;
  };

  /** `colour` (#rrggbb) with an opacity. */
  map.fade = function (colour, opacity) {
    const key = colour + opacity;
    if (!faded.has(key)) {
      const found = /^#(..)(..)(..)$/.exec(colour);
      faded.set(key, found ? `rgba(${found.slice(1).map((part) => parseInt(part, 16)).join(",")},${opacity})` : colour);
    }
    return faded.get(key);
  };

  /* ---- The base map, painted by dl.GeoJSON ------------------------------------------------------------------------- */

  const area = (fill, line, weight) => ({ fill: true, fillColor: fill, fillOpacity: 1, stroke: Boolean(line), color: line, weight: weight || 1, opacity: 1 });
  const stroke = (colour, weight, dash) => ({ fill: false, stroke: true, color: colour, weight, opacity: 1, dashArray: dash });

  const STYLES = {
    river: (c) => area(c["map-river"]),
    outline: (c) => area(c["map-park"], c["map-outline"], 1.5),
    plot: (c) => area(c["map-plot"]),
    street_area: (c, p) => area(p.grade === "main" || p.grade === "expressway" ? c["map-street-main"] : c["map-street"]),
    building: (c) => area(c["map-building"]),
    bund: (c) => area(map.fade(c["map-building"], 0.45), map.fade(c["map-outline"], 0.7), 1),
    tank: (c) => area(c["map-building"], c.normal, 1),
    pipe_rack: (c) => stroke(map.fade(c["map-outline"], 0.8), 1.5, "6 4"),
    railway: (c) => stroke(c["map-rail"], 2.5, "12 6"),
    rail_spur: (c) => stroke(c["map-rail"], 1.5, "8 5"),
  };

  /** The style of one feature of the base map, by its kind. */
  map.style = function (feature) {
    const paint = STYLES[feature.properties.kind];
    return paint ? paint(map.colours(), feature.properties) : { fill: false, stroke: false };
  };

  /* ---- Finding the Leaflet map that React makes -------------------------------------------------------------------- */

  window.L.Map.addInitHook(function () {
    this.getContainer().parkMap = this;
  });

  /** The Leaflet map inside `frame`, once it exists and has a size. */
  map.ready = function (frame) {
    return new Promise((found, gone) => {
      let tries = 0;
      (function look() {
        const container = frame.querySelector(".leaflet-container");
        const made = container && container.parkMap;
        if (made && made._loaded && made.getSize().x > 0) found(made);
        else if (tries++ > 600 || (tries > 60 && !frame.isConnected)) gone(new Error("no map in the frame"));
        else setTimeout(look, 25);
      })();
    });
  };

  /* ---- The frame -------------------------------------------------------------------------------------------------- */

  const el = (map.element = function (tag, className, ...children) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
    return made;
  });
  const glyph = (map.glyph = (name) => {
    const made = el("i", `bi bi-${name}`);
    made.setAttribute("aria-hidden", "true");
    return made;
  });
  map.button = function (className, title, onClick, ...children) {
    const made = el("button", className, ...children);
    made.type = "button";
    if (title) { made.title = title; made.setAttribute("aria-label", title); }
    made.addEventListener("click", (event) => { event.stopPropagation(); onClick(event, made); });
    return made;
  };

  const isStill = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  function tools(view, frame, options) {
    const box = frame.querySelector(".map-tools");
    if (!box) return;
    const { map: leaflet } = view;
    const measure = (kind) => (event, button) => { view.shaping.stop(); view.measure.toggle(kind, button); };
    const buttons = [
      map.button("", "全图", () => view.whole(), glyph("arrows-angle-expand")),
      map.button("", "放大", () => leaflet.zoomIn(1), glyph("plus-lg")),
      map.button("", "缩小", () => leaflet.zoomOut(1), glyph("dash-lg")),
      map.button("wide-only", "测距", measure("distance"), glyph("rulers")),
      map.button("wide-only", "测面积", measure("area"), glyph("bounding-box-circles")),
      map.button("", "图例", () => legend.toggleAttribute("hidden"), glyph("list-ul")),
    ];
    const [more, menu] = map.moreTools(view, frame, options);
    const stage = options.stage || frame;
    if (document.fullscreenEnabled) {
      buttons.push(map.button("wide-only", "全屏", () => (document.fullscreenElement ? document.exitFullscreen() : stage.requestFullscreen()), glyph("fullscreen")));
    }
    buttons.push(more);
    const legend = map.legend(options.legend || map.LEGEND);
    legend.hidden = true;
    box.replaceChildren(el("div", "map-buttons", ...buttons), menu, legend);
  }

  /** The words of the symbols, drawn with the same functions as the map. */
  map.legend = function (entries) {
    const rows = entries.map(([words, paint]) => {
      const canvas = document.createElement("canvas");
      const ratio = window.devicePixelRatio || 1;
      canvas.width = canvas.height = 30 * ratio;
      const g = canvas.getContext("2d");
      g.scale(ratio, ratio);
      paint(g, 15, 15);
      return el("li", "", canvas, words);
    });
    return el("div", "map-legend float", el("b", "", "图例"), el("ul", "", ...rows));
  };

  const NICE = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];
  const length = (map.lengthText = (metres) => (metres >= 1000 ? `${(metres / 1000).toFixed(metres >= 10000 ? 1 : 2)} km` : `${metres.toFixed(0)} m`));
  map.areaText = (square) => (square >= 1e6 ? `${(square / 1e6).toFixed(2)} km²` : square >= 1e4 ? `${(square / 1e4).toFixed(2)} 公顷` : `${square.toFixed(0)} m²`);

  /** Metres of one pixel at the middle of the map. */
  map.metresPerPixel = (leaflet) => (40075016.686 * Math.cos((leaflet.getCenter().lat * Math.PI) / 180)) / (256 * 2 ** leaflet.getZoom());

  function foot(view, frame) {
    const box = frame.querySelector(".map-foot");
    if (!box) return;
    const leaflet = view.map;
    const where = el("span", "map-where");
    const bar = el("i", "map-scale-bar");
    const words = el("span", "");
    box.replaceChildren(where, el("span", "map-scale", bar, words));
    const degrees = (value, one, other) => `${Math.abs(value).toFixed(5)}°${value >= 0 ? one : other}`;
    const say = (at) => (where.textContent = `${degrees(at.lng, "E", "W")} ${degrees(at.lat, "N", "S")}（WGS-84）`);
    const scale = () => {
      const metres = map.metresPerPixel(leaflet);
      const nice = NICE.find((one) => one / metres > 56) || NICE[NICE.length - 1];
      bar.style.width = `${Math.round(nice / metres)}px`;
      words.textContent = nice >= 1000 ? `${nice / 1000} km` : `${nice} m`;
    };
    leaflet.on("mousemove", (event) => say(event.latlng));
    leaflet.on("zoomend moveend", scale);
    leaflet.on("mouseout", () => say(leaflet.getCenter()));
    say(leaflet.getCenter());
    scale();
  }

  /** The map in `frame` with everything of `definition` on it.
   *
   * options: stage (what goes full screen), padding() → [top, right, bottom, left] px that cards cover, legend, onPick(ref|null).
   */
  map.open = async function (frame, definition, options) {
    const settings = options || {};
    const leaflet = await map.ready(frame);
    const layer = new map.LiveLayer(definition, settings).addTo(leaflet);
    const view = { map: leaflet, layer, definition, held: false };
    // Asking for the size of a card makes the browser lay the page out: not at every drawing.
    let covered = null;
    let asked = 0;
    const padding = (view.padding = function (isFresh) {
      if (!covered || isFresh || performance.now() - asked > 400) {
        covered = settings.padding ? settings.padding() : [16, 16, 16, 16];
        asked = performance.now();
      }
      return covered;
    });
    layer.padding = () => padding().map((one) => one / layer.magnify);
    view.measure = map.measure(view, frame);
    view.shaping = map.shaping(view, frame);
    view.isBusy = () => view.measure.isOn() || view.shaping.isOn() || Boolean(view.identifies); // a click is no choice then

    /** Show all of the park between the cards. */
    view.whole = function (animate) {
      const [west, south, east, north] = definition.extent;
      const [top, right, bottom, left] = padding(true);
      leaflet.fitBounds([[south, west], [north, east]], {
        paddingTopLeft: [left, top], paddingBottomRight: [right, bottom], animate: animate !== false && !isStill(), duration: FLIGHT_S,
      });
    };

    /** Bring a place into the middle of what the cards leave free. */
    view.fly = function (lat, lon, zoom) {
      if (view.held) return;
      const wanted = Math.max(zoom || 0, leaflet.getZoom());
      const [top, right, bottom, left] = padding(true);
      const shifted = leaflet.project([lat, lon], wanted).add([(right - left) / 2, (bottom - top) / 2]);
      const center = leaflet.unproject(shifted, wanted);
      if (isStill()) leaflet.setView(center, wanted, { animate: false });
      else leaflet.flyTo(center, wanted, { duration: FLIGHT_S });
    };

    /** Keep a moving thing in the middle without flying. */
    view.center = function (lat, lon) {
      if (view.held) return;
      const [top, right, bottom, left] = padding();
      const size = leaflet.getSize();
      const middle = [size.x / 2 + (left - right) / 2, size.y / 2 + (top - bottom) / 2];
      const at = leaflet.latLngToContainerPoint([lat, lon]);
      if (Math.abs(at.x - middle[0]) + Math.abs(at.y - middle[1]) > 1) leaflet.panBy([at.x - middle[0], at.y - middle[1]], { animate: false });
    };

    const container = leaflet.getContainer();
    container.addEventListener("pointerdown", () => (view.held = true));
    // The map may be let go outside of it.
    const letGo = () => (view.held = false);
    window.addEventListener("pointerup", letGo);
    window.addEventListener("pointercancel", letGo);
    const watcher = new ResizeObserver(() => leaflet.invalidateSize({ pan: false }));
    watcher.observe(frame);
    leaflet.on("unload", () => {
      watcher.disconnect();
      window.removeEventListener("pointerup", letGo);
      window.removeEventListener("pointercancel", letGo);
    });

    const point = (event) => leaflet.mouseEventToContainerPoint(event.originalEvent);
    leaflet.on("click", (event) => {
      if (view.isBusy()) return;
      const at = point(event);
      const isTouch = event.originalEvent.pointerType === "touch";
      const hit = layer.hit(at.x, at.y, isTouch ? 24 : 14);
      if (settings.onPick) settings.onPick(hit ? hit.ref : null);
    });
    let hovering = 0;
    leaflet.on("mousemove", (event) => {
      if (view.isBusy() || hovering) return;
      hovering = requestAnimationFrame(() => {
        hovering = 0;
        const at = point(event);
        const hit = layer.hit(at.x, at.y, 10);
        container.classList.toggle("on-thing", Boolean(hit));
        const title = hit ? layer.nameOf(hit.ref) : "";
        if (container.title !== title) container.title = title;
      });
    });

    /** Call `then` once the thing has a place: a vehicle's comes with the first frame of live data. */
    view.placed = function (ref, then, tries) {
      const at = layer.whereIs(ref);
      if (at) then(at);
      else if (tries !== 0 && frame.isConnected) setTimeout(() => view.placed(ref, then, (tries || 50) - 1), 200);
    };

    tools(view, frame, settings);
    foot(view, frame);
    const silent = el("span", "map-silent");
    const lapse = () => {
      const { mode, at } = park.live.status;
      frame.classList.toggle("silent", mode === "down");
      silent.textContent = mode === "down" ? `数据停更 ${park.draw.duration(park.live.present.now() - at)}` : "";
    };
    frame.append(silent);
    park.live.attach(frame, { status: lapse, tick: lapse });
    frame.parkView = view; // for tests and for the console
    return view;
  };
})();
