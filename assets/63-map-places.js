/* What stands on the map: areas, enterprises, tanks, gates and forces, cameras and detectors; and the state of a tank.
 * In which order they are drawn is 63-map-scene.js's.
 */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const map = (park.map = park.map || {});
  const symbols = map.symbols;
  const { around, label } = map.words;

  /* ---- States ------------------------------------------------------------------------------------------------------ */

  const isStale = (point, now) => {
    const value = park.live.points.get(point.id);
    return !value || now - value.t > 3000 * point.period_s;
  };
  map.isStale = isStale;

  function tankState(tank, alarm, now) {
    if (tank.state !== "in_service") return "maint";
    if (alarm && alarm.level <= 3 && !alarm.cleared) return "alarm";
    return park.live.status.at && tank.points.length && tank.points.every((point) => isStale(point, now)) ? "stale" : "normal";
  }
  map.tankState = tankState;

  /* ---- Areas, enterprises ---------------------------------------------------------------------------------- */

  function ringPath(view, geometry) {
    const path = new Path2D();
    const polygons = geometry.type === "MultiPolygon" ? geometry.coordinates : [geometry.coordinates];
    for (const polygon of polygons) for (const ring of polygon) {
      ring.forEach(([lon, lat], i) => path[i ? "lineTo" : "moveTo"](view.x(map.mercX(lon)), view.y(map.mercY(lat))));
      path.closePath();
    }
    return path;
  }

  /** Draws the areas; where their names belong: [words, x, y]. */
  function fences(layer, view) {
    const names = [];
    if (!layer.shown.fence) return names;
    const { g } = view;
    const c = map.colours();
    g.save();
    g.lineWidth = 1.3;
    g.setLineDash([8, 6]);
    for (const fence of layer.definition.fences || []) {
      // An area is no alarm and no selection: it has neither amber nor blue.
      const colour = c["map-label"];
      g.strokeStyle = map.fade(colour, 0.75);
      g.fillStyle = map.fade(colour, fence.sensitive ? 0.05 : 0.02);
      let spot;
      if (fence.shape.type === "Point") {
        const [lon, lat] = fence.shape.coordinates;
        spot = [view.x(map.mercX(lon)), view.y(map.mercY(lat)) - fence.radius_m / view.perPixel];
        symbols.circle(g, spot[0], view.y(map.mercY(lat)), fence.radius_m / view.perPixel);
        g.fill();
        g.stroke();
      } else if (!/Polygon$/.test(fence.shape.type)) continue;
      else {
        const path = ringPath(view, fence.shape);
        g.fill(path);
        g.stroke(path);
        const ring = fence.shape.type === "MultiPolygon" ? fence.shape.coordinates[0][0] : fence.shape.coordinates[0];
        const top = ring.reduce((best, point) => (point[1] > best[1] ? point : best));
        spot = [view.x(map.mercX(top[0])), view.y(map.mercY(top[1]))];
      }
      const words = fence.name + (fence.speed_limit_kmh ? ` · 限速 ${fence.speed_limit_kmh}` : "");
      names.push([words, spot[0], spot[1] - 10]);
    }
    names.push(...roads(layer, view), ...checkPoints(layer, view));
    g.restore();
    return names;
  }

  /** Draws the routes of vehicles as bands of their width; where their names belong. */
  function roads(layer, view) {
    const { g } = view;
    const names = [];
    for (const route of layer.definition.routes || []) {
      if (route.shape.type !== "LineString") continue;
      const path = new Path2D();
      const spots = route.shape.coordinates.map(([lon, lat]) => [view.x(map.mercX(lon)), view.y(map.mercY(lat))]);
      spots.forEach(([x, y], i) => path[i ? "lineTo" : "moveTo"](x, y));
      g.save();
      g.lineJoin = g.lineCap = "round";
      g.setLineDash([]);
      g.lineWidth = Math.max(3, route.width_m / view.perPixel);
      g.strokeStyle = map.fade(map.colours()["map-label"], 0.14);
      g.stroke(path);
      g.lineWidth = 1.3;
      g.setLineDash([2, 5]);
      g.strokeStyle = map.fade(map.colours()["map-label"], 0.85);
      g.stroke(path);
      g.restore();
      const [x, y] = spots[Math.floor(spots.length / 2)];
      names.push([route.name + (route.speed_limit_kmh ? ` · 限速 ${route.speed_limit_kmh}` : ""), x, y - 10]);
    }
    return names;
  }

  /** Draws the key points as small circles; where their names belong. */
  function checkPoints(layer, view) {
    const { g } = view;
    g.setLineDash([2, 4]);
    return (layer.definition.key_points || []).map((point) => {
      const [x, y] = [view.x(map.mercX(point.lon)), view.y(map.mercY(point.lat))];
      const radius = Math.max(5, point.radius_m / view.perPixel);
      symbols.circle(g, x, y, radius);
      g.stroke();
      return [point.name, x, y - radius - 8];
    });
  }

  /** The names of areas, off the streets' names where there is room. */
  function fenceNames(names, view, room, streets) {
    if (view.zoom < 13.5) return;
    const clear = { free: (box) => streets.free(box) && room.free(box), take: room.take };
    const look = { centred: true, colour: map.colours()["map-label"], px: 12, gap: 8 };
    for (const [words, x, y] of names) if (!label(view, clear, words, x, y, look)) label(view, room, words, x, y, look);
  }

  function enterpriseLines(layer, view) {
    if (!layer.shown.enterprise || view.zoom < 13) return;
    const { g } = view;
    const c = map.colours();
    g.save();
    g.lineWidth = 1;
    g.strokeStyle = map.fade(c["map-outline"], 0.5);
    for (const one of layer.definition.enterprises || []) if (one.outline) g.stroke(ringPath(view, one.outline));
    const found = layer.resolve(layer.selected);
    if (found && found.kind === "ent" && found.item.outline) {
      g.strokeStyle = c.accent;
      g.lineWidth = 2;
      g.stroke(ringPath(view, found.item.outline));
    }
    g.restore();
  }

  function enterpriseNames(layer, view, room) {
    if (!layer.shown.enterprise || view.zoom < 13.25) return;
    const list = [...(layer.definition.enterprises || [])].sort((a, b) => b.hazards - a.hazards || b.tanks - a.tanks || a.id - b.id);
    for (const one of list) {
      const x = view.x(one.mx);
      const y = view.y(one.my);
      if (!view.sees(x, y)) continue;
      label(view, room, one.short, x, y, { centred: true, px: view.zoom >= 15.5 ? 14 : 13, colour: map.colours()["text-2"], gap: 10 });
      layer.hits.push({ ref: `ent:${one.code}`, x, y, radius: 12, weight: -6 });
    }
  }

  /* ---- Tanks and places --------------------------------------------------------------------------------------------- */

  function tanks(layer, view, alarms, room) {
    if (!layer.shown.tank) return;
    const { g } = view;
    const c = map.colours();
    for (const tank of layer.definition.tanks || []) {
      const x = view.x(tank.mx);
      const y = view.y(tank.my);
      if (!view.sees(x, y)) continue;
      const alarm = (alarms.get(tank.id) || [])[0];
      const state = tankState(tank, alarm, view.now);
      const radius = Math.max(2, tank.diameter_m / 2 / view.perPixel);
      layer.hits.push({ ref: `tank:${tank.code}`, x, y, radius: Math.max(radius, 5), weight: alarm ? 10 : 2 });
      const colour = state === "alarm" ? c[`level-${alarm.level}`] : state === "maint" ? c.maint : state === "stale" ? c.stale : c.normal;
      g.save();
      symbols.circle(g, x, y, radius);
      g.fillStyle = state === "alarm" ? map.fade(colour, 0.35) : map.fade(c.liquid, state === "normal" ? 0.85 : 0.3);
      g.fill();
      g.strokeStyle = colour;
      g.lineWidth = state === "alarm" ? 2 : 1.2;
      if (state === "stale") g.setLineDash([3, 2.5]);
      g.stroke();
      g.restore();
      if (radius >= 8) label(view, room, tank.code, x, y + radius + 9, { centred: true, px: 12, gap: 3, colour: state === "normal" ? c["map-label"] : colour });
    }
  }

  function gates(layer, view, room) {
    for (const place of layer.places) {
      if (place.line.length !== 1 || (place.kind !== "gate" && !(place.kind === "force" && layer.shown.place))) continue;
      const [[mx, my]] = place.line;
      const x = view.x(mx);
      const y = view.y(my);
      if (!view.sees(x, y) || view.zoom < 13) continue;
      if (place.kind === "gate") symbols.gate(view.g, x, y);
      else symbols.force(view.g, x, y, place.sign);
      room.take(around(x, y, 10));
      layer.hits.push({ ref: place.ref, x, y, radius: 11, weight: 1 });
      if (view.zoom >= 15) label(view, room, place.name, x, y, { px: 12, colour: map.colours()["map-label"] });
    }
  }

  function devices(layer, view) {
    if (layer.shown.camera) {
      for (const camera of layer.definition.cameras || []) {
        const x = view.x(camera.mx);
        const y = view.y(camera.my);
        if (!view.sees(x, y)) continue;
        symbols.camera(view.g, x, y);
        layer.hits.push({ ref: `cam:${camera.code}`, x, y, radius: 11, weight: 3 });
      }
    }
    if (layer.shown.detector) {
      const c = map.colours();
      for (const one of layer.definition.detectors || []) {
        const x = view.x(one.mx);
        const y = view.y(one.my);
        if (!view.sees(x, y)) continue;
        const value = park.live.points.get(one.id);
        const stale = isStale(one, view.now);
        const level = !stale && value && value.s ? (value.s === "high" || value.s === "low" ? 2 : 1) : 0;
        symbols.detector(view.g, x, y, level ? c[`level-${level}`] : stale ? c.stale : c.muted, stale);
        layer.hits.push({ ref: `gas:${one.code}`, x, y, radius: 7, weight: 4 });
      }
    }
  }

  map.places = { fences, fenceNames, enterpriseLines, enterpriseNames, tanks, gates, devices };
})();
