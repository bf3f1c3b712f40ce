/* One canvas over the map for everything that is live: tanks' states, vehicles, alarms, cameras, names.
 *
 * The layer keeps where things are, moves vehicles between two fixes, and finds what lies under a finger. What it looks like is in
 * 63-map-scene.js. It is fed by park.live directly; no Dash property changes when a vehicle moves.
 */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const map = (park.map = park.map || {});
  const L = window.L;

  const OFF_LINE_MS = 180000;
  const LONGEST_GLIDE_MS = 30000;
  const FASTEST_MS = 55; // metres a second: further apart than this, two fixes are joined by a jump
  const PADDING = 48; // px outside the window that are still drawn

  /** Web Mercator in units of the world's width: multiply by 256 * 2 ** zoom for pixels. */
  const mercX = (map.mercX = (lon) => lon / 360 + 0.5);
  const mercY = (map.mercY = (lat) => {
    const sine = Math.sin((lat * Math.PI) / 180);
    return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  });
  const metres = (a, b) => {
    const k = Math.cos((a.lat * Math.PI) / 180);
    return 111195 * Math.hypot(b.lat - a.lat, (b.lon - a.lon) * k);
  };

  const isDead = (fix, now) => !fix || now - (fix.r || fix.t) > OFF_LINE_MS;
  map.isOffLine = isDead;

  map.LiveLayer = L.Layer.extend({
    initialize(definition, options) {
      this.definition = definition;
      this.options = options || {};
      this.magnify = this.options.magnify || 1; // symbols and words so many times larger, for walls
      this.shown = { enterprise: true, tank: true, vehicle: true, camera: false, detector: false, fence: false, alarm: true, place: true };
      Object.assign(this.shown, this.options.shown);
      this.selected = null;
      this.track = null;
      this.hits = [];
      this.motion = new Map();
      this.drawn = { ms: 0, at: 0, vehicles: 0 };
      this.places = [];
      const place = (item) => { item.mx = mercX(item.lon); item.my = mercY(item.lat); };
      for (const list of ["enterprises", "tanks", "cameras", "detectors"]) (definition[list] || []).forEach(place);
      const index = (list, key) => new Map((definition[list] || []).map((item) => [item[key], item]));
      this.by = {
        tank: index("tanks", "id"), vehicle: index("vehicles", "id"), enterprise: index("enterprises", "id"),
        point: new Map(), code: { tank: index("tanks", "code"), truck: index("vehicles", "plate"), ent: index("enterprises", "code"), cam: index("cameras", "code") },
      };
      for (const tank of definition.tanks || []) for (const point of tank.points) this.by.point.set(point.id, tank);
      this.by.detector = index("detectors", "id");
    },

    onAdd(leaflet) {
      const pane = leaflet.getPane("park-live") || leaflet.createPane("park-live");
      pane.style.zIndex = 450;
      pane.style.pointerEvents = "none";
      this.canvas = L.DomUtil.create("canvas", "park-live-canvas leaflet-zoom-animated", pane);
      this.g = this.canvas.getContext("2d");
      this.still = window.matchMedia("(prefers-reduced-motion: reduce)");
      this._resize();
      park.live.fetch("/map/base/places.json")
        .then((answer) => (answer.ok ? answer.json() : { features: [] }))
        .then((found) => { this.places = map.scenePlaces(found.features); this.request(); })
        .catch(() => {}); // names are missing then; the map itself works
      this._detach = park.live.attach(leaflet.getContainer(), {
        points: () => this.request(),
        vehicles: (ids) => { this._moved(ids); this.request(); },
        alarms: () => this.request(),
        tick: () => this._tick(),
      });
      this._onAnswer = () => this.request();
      document.addEventListener("park:answered", this._onAnswer);
      document.addEventListener("park:theme", this._onAnswer);
      // Names are drawn with whatever font is there; once the wanted one has come they are drawn again.
      if (document.fonts && document.fonts.ready) document.fonts.ready.then(() => this.request());
      this._blinking = setInterval(() => this._blink(), 100);
    },

    onRemove() {
      if (this._detach) this._detach();
      document.removeEventListener("park:answered", this._onAnswer);
      document.removeEventListener("park:theme", this._onAnswer);
      clearInterval(this._blinking);
      clearTimeout(this._gliding);
      cancelAnimationFrame(this._frame);
      this.canvas.remove();
    },

    getEvents() {
      return { resize: this._resize, move: this._draw, moveend: this._draw, zoomend: this._draw, viewreset: this._draw, zoomanim: this._zoomAnim };
    },

    /* ---- When to draw ---------------------------------------------------------------------------------------------- */

    /** Draw before the next picture; many calls make one drawing. */
    request() {
      if (!this._frame) this._frame = requestAnimationFrame(() => this._draw());
    },

    _tick() {
      if (this.needsTick) this.request();
    },

    _blink() {
      if (!this.blinks) return;
      const phase = map.phase();
      if (phase !== this._phase) { this._phase = phase; this.request(); }
    },

    _resize() {
      const size = this._map.getSize();
      this.ratio = Math.min(window.devicePixelRatio || 1, 3);
      this.canvas.width = Math.ceil(size.x * this.ratio);
      this.canvas.height = Math.ceil(size.y * this.ratio);
      this.canvas.style.width = `${size.x}px`;
      this.canvas.style.height = `${size.y}px`;
      this.request();
    },

    _zoomAnim(event) {
      const scale = this._map.getZoomScale(event.zoom, this._zoom);
      const corner = this._map._latLngToNewLayerPoint(this._corner, event.zoom, event.center);
      L.DomUtil.setTransform(this.canvas, corner, scale);
    },

    _draw() {
      cancelAnimationFrame(this._frame);
      this._frame = 0;
      const leaflet = this._map;
      if (!leaflet || leaflet._animatingZoom) return;
      const began = performance.now();
      const size = leaflet.getSize();
      L.DomUtil.setPosition(this.canvas, leaflet.containerPointToLayerPoint([0, 0]));
      this._zoom = leaflet.getZoom();
      this._corner = leaflet.containerPointToLatLng([0, 0]);
      const origin = leaflet.getPixelBounds().min;
      // What is drawn larger is drawn on a smaller window.
      const { magnify } = this;
      const [width, height, left, top] = [size.x / magnify, size.y / magnify, origin.x / magnify, origin.y / magnify];
      const world = (256 * 2 ** this._zoom) / magnify;
      const view = {
        g: this.g, zoom: this._zoom - Math.log2(magnify), width, height, ratio: this.ratio, now: park.live.now(), isStill: this.still.matches,
        world, left, top, perPixel: map.metresPerPixel(leaflet) * magnify,
        x: (mx) => mx * world - left,
        y: (my) => my * world - top,
        sees: (x, y) => x > -PADDING && y > -PADDING && x < width + PADDING && y < height + PADDING,
      };
      this.g.setTransform(this.ratio * magnify, 0, 0, this.ratio * magnify, 0, 0);
      this.g.clearRect(0, 0, width, height);
      const isGliding = this._place(view);
      map.paint(this, view);
      this.drawn = { ms: performance.now() - began, at: performance.now(), vehicles: this.cars.length };
      if (isGliding) this._glideOn(view);
    },

    /** Moving is smooth enough at two thirds of a pixel a step, and drawing may never fill the processor. */
    _glideOn(view) {
      const step = (0.67 * view.perPixel * 1000) / 20;
      clearTimeout(this._gliding);
      this._gliding = setTimeout(() => this.request(), Math.max(33, Math.min(step, 250), this.drawn.ms * 4));
    },

    /* ---- Vehicles in motion ----------------------------------------------------------------------------------------- */

    _moved(ids) {
      const now = performance.now();
      const changed = ids === null ? park.live.vehicles.keys() : ids;
      for (const id of changed) {
        const fix = park.live.vehicles.get(id);
        if (fix) this.motion.set(id, glide(this.motion.get(id), fix, now));
      }
      if (ids === null) for (const id of this.motion.keys()) if (!park.live.vehicles.has(id)) this.motion.delete(id);
    },

    /** Where vehicle `id` is drawn now: {lon, lat}, or null. */
    at(id) {
      const motion = this.motion.get(id);
      return motion ? position(motion, performance.now()) : null;
    },

    /** Put the vehicles in their places for this drawing; whether any is still on its way. */
    _place(view) {
      const now = performance.now();
      this.cars = [];
      let isGliding = false;
      for (const [id, motion] of this.motion) {
        const car = this.by.vehicle.get(id);
        if (!car) continue;
        const share = motion.ms ? Math.min(1, (now - motion.began) / motion.ms) : 1;
        if (share < 1) isGliding = true;
        const x = view.x(motion.x0 + (motion.x1 - motion.x0) * share);
        const y = view.y(motion.y0 + (motion.y1 - motion.y0) * share);
        this.cars.push({ id, car, x, y, heading: motion.fix.heading, fix: motion.fix });
      }
      if (this.follow) this._followed(now);
      return isGliding;
    },

    _followed(now) {
      const motion = this.motion.get(this.follow);
      if (!motion || !this.options.onFollow) return;
      const at = position(motion, now);
      queueMicrotask(() => this.options.onFollow(at));
    },

    /* ---- What lies where ---------------------------------------------------------------------------------------------- */

    /** The nearest thing within reach of a place of the window, important things first: {ref, x, y} or null. */
    hit(x, y, reach) {
      let best = null;
      let least = Infinity;
      for (const one of this.hits) {
        const far = Math.hypot(one.x - x, one.y - y);
        const score = far - one.weight;
        if (far <= Math.max(reach, one.radius) && score < least) { best = one; least = score; }
      }
      if (best) return best;
      return this.ground(x, y);
    },

    /** The enterprise whose grounds lie under the place. */
    ground(x, y) {
      if (!this.shown.enterprise) return null;
      const at = this._map.containerPointToLatLng([x, y]);
      const found = (this.definition.enterprises || []).find((one) => one.outline && map.contains(one.outline, at.lng, at.lat));
      return found ? { ref: `ent:${found.code}`, x, y, radius: 0, weight: 0 } : null;
    },

    /** The thing that a reference such as tank:V-101 means: {kind, item}, or null when it is not in the viewer's park. */
    resolve(ref) {
      const [kind, ...rest] = String(ref || "").split(":");
      const key = rest.join(":");
      if (kind === "gas") {
        const found = (this.definition.detectors || []).find((one) => one.code === key);
        return found ? { kind, item: found } : null;
      }
      if (kind === "place") {
        const found = this.places.find((one) => one.ref === ref);
        return found ? { kind, item: found } : null;
      }
      const item = this.by.code[kind] && this.by.code[kind].get(key);
      return item ? { kind, item } : null;
    },

    nameOf(ref) {
      const found = this.resolve(ref);
      if (!found) return "";
      const { kind, item } = found;
      if (kind === "tank") return `${item.code} ${item.name}`;
      if (kind === "truck") return `${item.plate} ${item.carrier}`;
      return item.name;
    },

    /** {lat, lon} of a reference, or null. */
    whereIs(ref) {
      const found = this.resolve(ref);
      if (!found) return null;
      if (found.kind === "truck") return this.at(found.item.id);
      return { lat: found.item.lat, lon: found.item.lon };
    },
  });

  function position(motion, now) {
    const share = motion.ms ? Math.min(1, (now - motion.began) / motion.ms) : 1;
    return { lon: motion.from.lon + (motion.fix.lon - motion.from.lon) * share, lat: motion.from.lat + (motion.fix.lat - motion.from.lat) * share };
  }

  /** From where it is drawn now to the new fix, within one reporting period; then it stands still. */
  function glide(before, fix, now) {
    const to = { x1: mercX(fix.lon), y1: mercY(fix.lat), fix, began: now };
    const jump = { ...to, x0: to.x1, y0: to.y1, from: fix, ms: 0 };
    if (!before || document.hidden) return jump;
    if (before.fix.t === fix.t && before.fix.lon === fix.lon && before.fix.lat === fix.lat) return { ...before, fix };
    const period = fix.t - before.fix.t;
    const from = position(before, now);
    const far = metres(from, fix);
    if (period <= 0 || period > OFF_LINE_MS || far < 0.5 || far > (FASTEST_MS * Math.max(period, 1000)) / 1000) return jump;
    return { ...to, x0: mercX(from.lon), y0: mercY(from.lat), from, ms: Math.min(period, LONGEST_GLIDE_MS) / (park.live.past ? park.live.past.pace() : 1) };
  }

  /** Which part of the common blink it is: bit 0 for the fast symbols (1 Hz), bit 1 for the slow ones (0.5 Hz). 60 % on. */
  map.phase = function () {
    const at = Date.now();
    return (at % 1000 < 600 ? 1 : 0) | (at % 2000 < 1200 ? 2 : 0);
  };

  /** Whether a GeoJSON polygon contains a point (even-odd, holes too). */
  map.contains = function (geometry, lon, lat) {
    const polygons = geometry.type === "MultiPolygon" ? geometry.coordinates : geometry.type === "Polygon" ? [geometry.coordinates] : [];
    let inside = false;
    for (const polygon of polygons) for (const ring of polygon) {
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        const [ax, ay] = ring[i];
        const [bx, by] = ring[j];
        if (ay > lat !== by > lat && lon < ((bx - ax) * (lat - ay)) / (by - ay) + ax) inside = !inside;
      }
    }
    return inside;
  };
})();
