/* Words on the map: names that do not cover each other, street names along their streets, call-outs that hide nothing abnormal. */
(function () {
  "use strict";
  const map = (window.park = window.park || {}).map = window.park.map || {};
  const symbols = map.symbols;
  const MOST_CALLOUTS = 6;

  /* ---- Room for words ---------------------------------------------------------------------------------------------- */

  function space() {
    const taken = [];
    const free = (box) => !taken.some((one) => box.x < one.x + one.w && box.x + box.w > one.x && box.y < one.y + one.h && box.y + box.h > one.y);
    return { free, take: (box) => taken.push(box), claim: (box) => free(box) && (taken.push(box), true) };
  }

  const around = (x, y, radius) => ({ x: x - radius, y: y - radius, w: 2 * radius, h: 2 * radius });

  /** The name of one place in the first of some positions that is free; whether there was one. `always`: in the first one, if none is. */
  function label(view, room, text, x, y, options) {
    const px = options.px || 13;
    const width = symbols.width(view.g, text, px, options.bold);
    const gap = options.gap === undefined ? 14 : options.gap;
    const tries = options.centred
      ? [[-width / 2, 0], [-width / 2, -gap - 8], [-width / 2, gap + 8]]
      : [[gap, 0], [-gap - width, 0], [-width / 2, -gap - 6], [-width / 2, gap + 8]];
    const box = ([dx, dy]) => ({ x: x + dx - 2, y: y + dy - px / 2 - 2, w: width + 4, h: px + 4 });
    const isWhole = ({ x: left, w }) => left >= 0 && left + w <= view.width; // a word that the edge cuts off says something else
    const isSeen = view.sees(x, y);
    const found = tries.find((spot) => room.free(box(spot)) && (!isSeen || isWhole(box(spot)))) || (options.always ? tries.find((spot) => isWhole(box(spot))) || tries[0] : null);
    if (!found) return false;
    room.take(box(found));
    symbols.text(view.g, text, x + found[0], y + found[1], { ...options, align: "left" });
    return true;
  }

  /* ---- Streets -------------------------------------------------------------------------------------------------------- */

  /** Features of the base map made ready for drawing: lines with their names, spots with their signs. */
  map.scenePlaces = function (features) {
    return features.map((feature) => {
      const { kind, name, grade, sign } = feature.properties;
      const type = feature.geometry.type;
      const path = type === "LineString" ? feature.geometry.coordinates : type === "Polygon" ? null : [feature.geometry.coordinates];
      const flat = (path || middleOf(feature.geometry.coordinates[0])).map(([lon, lat]) => [map.mercX(lon), map.mercY(lat)]);
      const first = feature.geometry.coordinates;
      const spot = type === "Point" ? { lon: first[0], lat: first[1], ref: `place:${name}` } : {};
      const middle = type === "LineString" ? first[Math.floor(first.length / 2)] : null;
      return { kind, name, grade, sign, line: flat, ...spot, ...(middle ? { lon: middle[0], lat: middle[1], ref: `street:${name}` } : {}) };
    });
  };

  /** The middle line of a long ribbon: means of opposite points of its ring. */
  function middleOf(ring) {
    const half = Math.floor((ring.length - 1) / 2);
    return Array.from({ length: half }, (_, i) => {
      const a = ring[i];
      const b = ring[ring.length - 2 - i];
      return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
    });
  }

  const NAME_FROM_ZOOM = { main: 13.5, side: 14.5, ring: 14.5, outside: 13, expressway: 12, ramp: 99 };

  function streetNames(layer, view, room) {
    const seen = new Set();
    for (const place of layer.places) {
      if (place.line.length < 2 || view.zoom < (NAME_FROM_ZOOM[place.grade] ?? 12)) continue;
      const isWater = place.kind === "river";
      const text = isWater ? place.name.split("").join(" ") : place.name;
      if (place.kind === "street" && place.grade === "main" && seen.has(place.name)) continue;
      seen.add(place.name);
      alongLine(view, room, place.line, text, isWater ? 15 : 12, isWater ? "map-label" : "map-label");
    }
  }

  /** A name along its line, repeated at steps that do not move while the map is dragged. */
  function alongLine(view, room, line, text, px, token) {
    const g = view.g;
    const width = symbols.width(g, text, px);
    const every = 620;
    const points = line.map(([mx, my]) => [view.x(mx), view.y(my)]);
    const lengths = points.slice(1).map((point, i) => Math.hypot(point[0] - points[i][0], point[1] - points[i][1]));
    const whole = lengths.reduce((sum, one) => sum + one, 0);
    if (whole < width * 1.6) return;
    let next = whole < every ? whole / 2 : every / 2;
    let passed = 0;
    for (let i = 0; i < lengths.length; i++) {
      const [ax, ay] = points[i];
      const [bx, by] = points[i + 1];
      const step = Math.max(every, 1);
      if (passed + lengths[i] < next) { passed += lengths[i]; continue; }
      const skip = Math.max(0, Math.floor((firstInside(view, ax, ay, bx, by, lengths[i]) + passed - next) / step));
      next += skip * step;
      for (; next < passed + lengths[i]; next += step) {
        const share = (next - passed) / lengths[i];
        const x = ax + (bx - ax) * share;
        const y = ay + (by - ay) * share;
        if (!view.sees(x, y)) { if (x > view.width + 2000 || y > view.height + 2000) break; continue; }
        let angle = Math.atan2(by - ay, bx - ax);
        if (angle > Math.PI / 2 + 0.01) angle -= Math.PI;
        if (angle <= -Math.PI / 2 + 0.01) angle += Math.PI;
        const reach = Math.abs(Math.cos(angle)) * width + Math.abs(Math.sin(angle)) * px;
        const rise = Math.abs(Math.sin(angle)) * width + Math.abs(Math.cos(angle)) * px;
        if (!room.claim({ x: x - reach / 2, y: y - rise / 2, w: reach, h: rise })) continue;
        g.save();
        g.translate(x, y);
        g.rotate(angle);
        g.globalAlpha = 0.85;
        symbols.text(g, text, 0, 0.5, { px, align: "center", halo: 3, colour: map.colours()[token] });
        g.restore();
      }
      passed += lengths[i];
    }
  }

  /** How far along a segment the window begins, in px; 0 when its start is inside. */
  function firstInside(view, ax, ay, bx, by, length) {
    const dx = (bx - ax) / (length || 1);
    const dy = (by - ay) / (length || 1);
    const enter = (from, speed, low, high) => (Math.abs(speed) < 1e-6 ? 0 : Math.max(0, Math.min((low - from) / speed, (high - from) / speed)));
    return Math.max(enter(ax, dx, -40, view.width + 40), enter(ay, dy, -40, view.height + 40));
  }

  /* ---- Call-outs ------------------------------------------------------------------------------------------------------ */

  /** Boxes round a thing, the near ones first. */
  function positions(one, size) {
    const found = [];
    for (const far of [one.clear + 14, one.clear + 60, one.clear + 120]) {
      for (const [sx, sy] of [[1, -1], [-1, -1], [1, 1], [-1, 1], [0, -1], [0, 1], [1, 0], [-1, 0]]) {
        found.push({
          x: sx > 0 ? one.x + far * 0.6 : sx < 0 ? one.x - far * 0.6 - size.w : one.x - size.w / 2,
          y: sy > 0 ? one.y + far : sy < 0 ? one.y - far - size.h : one.y - size.h / 2,
          w: size.w, h: size.h,
        });
      }
    }
    return found;
  }

  const overlap = (a, b) => Math.max(0, Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x)) * Math.max(0, Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y));

  /** Find each call-out the box that covers least of what is abnormal and of other call-outs. */
  function placeCallouts(layer, view, list, obstacles) {
    if (!list.length || !layer.padding) return [];
    const [top, right, bottom, left] = layer.padding();
    const inside = { x: left, y: top, w: view.width - left - right, h: view.height - top - bottom };
    const memory = (layer.calloutSpots = layer.calloutSpots || new Map());
    const placed = [];
    for (const one of list.slice(0, MOST_CALLOUTS)) {
      const size = symbols.calloutSize(view.g, one.lines);
      // What lies beyond the free part of the map is named only when it cannot wait.
      const isFree = one.x > inside.x && one.x < inside.x + inside.w && one.y > inside.y && one.y < inside.y + inside.h;
      if (!isFree && one.tone !== "danger" && one.tone !== "sos") continue;
      const cost = (box) => {
        let sum = size.w * size.h - overlap(box, inside);
        for (const other of obstacles) if (other.key !== one.key) sum += 3 * overlap(box, other);
        for (const other of placed) sum += 3 * overlap(box, other.box);
        return sum;
      };
      const tries = positions(one, size);
      const last = memory.get(one.key);
      let best = 0;
      let least = Infinity;
      // A call-out stays where it was while that place is free: boxes that jump cannot be read.
      const order = last === undefined ? [...tries.keys()] : [last, ...tries.keys()];
      for (const i of order) {
        const price = cost(tries[i]);
        if (price < least) { least = price; best = i; }
        if (!least) break;
      }
      memory.set(one.key, best);
      placed.push({ ...one, box: tries[best] });
    }
    if (memory.size > 200) memory.clear();
    return placed;
  }

  map.words = { space, around, label, streetNames, placeCallouts };
})();
