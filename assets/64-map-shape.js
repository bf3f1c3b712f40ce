/* Drawing an area on the map to ask what is inside: a box, a circle, a polygon. */
(function () {
  "use strict";
  const map = (window.park = window.park || {}).map = window.park.map || {};
  const L = window.L;
  const HINTS = {
    box: ["框选：单击一个角", "单击对角"], circle: ["圆选：单击圆心", "单击圆周上一点"],
    polygon: ["多边形：依次单击各个角点", "继续单击，双击或“✓”结束"],
  };

  map.KINDS_OF_SHAPE = [["box", "框选", "bounding-box"], ["circle", "圆选", "circle"], ["polygon", "多边形", "pentagon"]];

  const ring = (corners) => corners.map(([lon, lat]) => [lat, lon]);
  const pair = (at) => [Number(at.lng.toFixed(6)), Number(at.lat.toFixed(6))];

  /** What lies inside of {kind: "circle", center, radius_m} or {kind: "polygon", corners}; places as [lon, lat]. */
  map.isInside = function (drawn, lon, lat) {
    if (drawn.kind === "circle") return L.CRS.Earth.distance(L.latLng(drawn.center[1], drawn.center[0]), L.latLng(lat, lon)) <= drawn.radius_m;
    return map.contains({ type: "Polygon", coordinates: [drawn.corners] }, lon, lat);
  };

  /** An area kept in the archive as a drawn one; null when it is neither a circle nor a plain polygon. */
  map.drawnOf = function (fence) {
    const { type, coordinates } = fence.shape;
    if (type === "Point" && fence.radius_m) return { kind: "circle", center: coordinates, radius_m: fence.radius_m };
    return type === "Polygon" && coordinates.length === 1 ? { kind: "polygon", corners: coordinates[0].slice(0, -1) } : null;
  };

  /** The middle of an area as [lon, lat]. */
  map.middleOf = (drawn) => drawn.center || [0, 1].map((place) => drawn.corners.reduce((sum, corner) => sum + corner[place], 0) / drawn.corners.length);

  /** As text for an address, and back; null when the text is none. */
  map.drawnText = (drawn) => (drawn.kind === "circle" ? `${drawn.center.join(",")},${Math.round(drawn.radius_m)}` : drawn.corners.map((corner) => corner.join(",")).join(";"));
  map.drawnFrom = function (text) {
    const corners = String(text || "").split(";").map((part) => part.split(",").map(Number));
    if (corners.some((corner) => corner.some((one) => !Number.isFinite(one)))) return null;
    if (corners.length === 1 && corners[0].length === 3) return { kind: "circle", center: corners[0].slice(0, 2), radius_m: corners[0][2] };
    return corners.length >= 3 && corners.every((corner) => corner.length === 2) ? { kind: "polygon", corners } : null;
  };

  /** The drawing tool of one view: start(kind, done), show(drawn), clear(), isOn(). */
  map.shaping = function (view, frame) {
    const leaflet = view.map;
    const container = leaflet.getContainer();
    let kind = null;
    let corners = [];
    let done = null;
    let shape = null;
    const words = map.element("span", "");
    // A finger has no double click that a map does not take for zooming.
    const end = map.button("", "完成所画的范围", () => { if (corners.length >= 3) finish(made()); }, map.glyph("check-lg"));
    const panel = map.element("div", "map-measure float", words, end, map.button("", "取消", () => stop(), map.glyph("x-lg")));
    panel.setAttribute("role", "status");

    // A pane of its own: a base map that comes later would be painted over it.
    const pane = leaflet.getPane("park-shape") || leaflet.createPane("park-shape");
    Object.assign(pane.style, { zIndex: 440, pointerEvents: "none" });
    const style = (isDone) => ({ pane: "park-shape", color: map.colours().accent, weight: 2, fill: true, fillOpacity: 0.08, dashArray: isDone ? null : "6 5", interactive: false });

    function put(drawn, isDone) {
      if (shape) shape.remove();
      shape = null;
      if (!drawn) return;
      shape = (drawn.kind === "circle" ? L.circle([drawn.center[1], drawn.center[0]], { ...style(isDone), radius: drawn.radius_m }) : L.polygon(ring(drawn.corners), style(isDone))).addTo(leaflet);
    }

    function made(last) {
      const all = last ? [...corners, last] : corners;
      if (all.length < 2) return null;
      const [a, b] = all;
      if (kind === "circle") return { kind: "circle", center: pair(a), radius_m: Math.max(1, Math.round(leaflet.distance(a, b))) };
      if (kind === "box") return { kind: "polygon", corners: [[a.lng, a.lat], [b.lng, a.lat], [b.lng, b.lat], [a.lng, b.lat]].map(([lng, lat]) => pair({ lng, lat })) };
      return { kind: "polygon", corners: all.map(pair) };
    }

    function say(drawn) {
      end.hidden = kind !== "polygon" || corners.length < 3;
      const size = drawn && drawn.kind === "circle" ? `　半径 ${map.lengthText(drawn.radius_m)}` : drawn ? `　${map.areaText(map.areaOf(drawn.corners.map(([lng, lat]) => ({ lng, lat }))))}` : "";
      words.textContent = `${HINTS[kind][corners.length ? 1 : 0]}${size}`;
    }

    function add(event) {
      corners.push(event.latlng);
      if (kind !== "polygon" && corners.length === 2) finish(made());
      else {
        put(made(), false);
        say(null);
      }
    }
    function follow(event) {
      if (!corners.length) return;
      const drawn = made(event.latlng);
      put(drawn, false);
      say(drawn);
    }
    function close() {
      corners.pop(); // the two clicks of a double click have each added the same corner
      if (corners.length >= 3) finish(made());
    }
    function finish(drawn) {
      const then = done;
      stop();
      put(drawn, true);
      then(drawn);
    }
    const onKey = (event) => { if (event.key === "Escape") stop(); };

    function start(wanted, then) {
      stop();
      if (view.measure) view.measure.stop();
      put(null);
      [kind, done] = [wanted, then];
      container.classList.add("measuring");
      leaflet.doubleClickZoom.disable();
      leaflet.on("click", add).on("mousemove", follow).on("dblclick", close);
      document.addEventListener("keydown", onKey);
      frame.append(panel);
      say(null);
    }
    function stop() {
      if (!kind) return;
      [kind, corners, done] = [null, [], null];
      container.classList.remove("measuring");
      leaflet.off("click", add).off("mousemove", follow).off("dblclick", close);
      leaflet.doubleClickZoom.enable();
      document.removeEventListener("keydown", onKey);
      panel.remove();
      put(null);
    }
    leaflet.on("unload", stop);
    return { start, stop, show: (drawn) => put(drawn, true), clear: () => { stop(); put(null); }, isOn: () => Boolean(kind) };
  };
})();
