/* Shapes drawn on a small map: a circle, a rectangle or a polygon (control "area"), a line with numbered corners ("line"), and the same
   only shown (data-shape). Values are GeoJSON in WGS-84; a circle is a Point, its radius a number input of its own. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const { element: el, kinds, marks, changed } = park.inputs;
  const { small, button, zoom, named, home, six, zoomed, style } = park.places;
  const L = window.L;
  const MODES = { circle: ["圆形", "在图上点出圆心，拖动圆周上的点改变半径。"], rectangle: ["矩形", "在图上点出两个对角，拖动角点调整。"], polygon: ["多边形", "在图上依次点出角点；拖动角点移动，拖动边上的小圆点加点。"] };
  const LINE = "在图上沿道路依次点出拐点，序号即路段的起点和终点；拖动拐点移动，拖动线上的小圆点加点。";
  const FIRST_RADIUS = 200;

  /** {mode, points, radius} of a GeoJSON geometry; null of anything else. */
  function read(text, radius) {
    let found = null;
    try { found = JSON.parse(text); } catch (error) { return null; }
    const at = (pairs) => pairs.map(([x, y]) => L.latLng(y, x));
    if (!found || !found.coordinates) return null;
    if (found.type === "Point") return { mode: "circle", points: at([found.coordinates]), radius };
    if (found.type === "LineString") return { mode: "line", points: at(found.coordinates), radius };
    if (found.type !== "Polygon" || found.coordinates.length !== 1) return null;
    const ring = found.coordinates[0].slice(0, -1);
    const upright = ring.length === 4 && new Set(ring.map((one) => one[0])).size === 2 && new Set(ring.map((one) => one[1])).size === 2;
    return upright ? { mode: "rectangle", points: at([ring[0], ring[2]]), radius } : { mode: "polygon", points: at(ring), radius };
  }

  /** The corners of a rectangle between two opposite ones, anticlockwise from the south-west. */
  function around([one, other]) {
    const [south, north] = [one.lat, other.lat].sort((a, b) => a - b);
    const [west, east] = [one.lng, other.lng].sort((a, b) => a - b);
    return [L.latLng(south, west), L.latLng(south, east), L.latLng(north, east), L.latLng(north, west)];
  }

  const cornersOf = ({ mode, points }) => (mode === "rectangle" && points.length === 2 ? around(points) : points);
  const isWhole = ({ mode, points, radius }) => (mode === "circle" ? points.length === 1 && radius > 0 : points.length >= { rectangle: 2, polygon: 3, line: 2 }[mode]);

  function write(drawn) {
    const pairs = cornersOf(drawn).map((one) => [six(one.lng), six(one.lat)]);
    if (drawn.mode === "circle") return pairs.length ? JSON.stringify({ type: "Point", coordinates: pairs[0] }) : "";
    if (!isWhole(drawn)) return "";
    if (drawn.mode === "line") return JSON.stringify({ type: "LineString", coordinates: pairs });
    return JSON.stringify({ type: "Polygon", coordinates: [[...pairs, pairs[0]]] });
  }

  /** The Leaflet layer of what is drawn, or null. */
  function layerOf(drawn) {
    const look = { ...style(), interactive: false };
    if (!drawn.points.length) return null;
    if (drawn.mode === "circle") return L.circle(drawn.points[0], { ...look, radius: Math.max(1, drawn.radius || 1) });
    const corners = cornersOf(drawn);
    if (drawn.mode === "line") return L.polyline(corners, { ...look, weight: 4, fill: false });
    return isWhole(drawn) ? L.polygon(corners, look) : L.polyline(corners, { ...look, fill: false });
  }

  const metres = (value) => Math.round(value).toLocaleString("zh-CN");
  const lengthOf = (points) => points.slice(1).reduce((sum, one, number) => sum + points[number].distanceTo(one), 0);

  function measure(drawn) {
    if (!isWhole(drawn)) return "";
    if (drawn.mode === "circle") return `半径 ${metres(drawn.radius)} m。`;
    if (drawn.mode === "line") return `长 ${metres(lengthOf(drawn.points))} m，${drawn.points.length} 个拐点。`;
    return `面积 ${metres(park.map.areaOf(cornersOf(drawn)))} m²。`;
  }

  /** The control: a map with handles; `modes` are offered as buttons when there are several. */
  function control(spec, modes) {
    const { id, name, ...told } = marks(spec);
    const value = el("input", { type: "hidden", name });
    const radius = spec.partner ? el("input", { type: "text", inputmode: "decimal", maxlength: 8, class: "input", name: spec.partner, id: `field-${spec.partner}`, autocomplete: "off" }) : null;
    if (radius) radius.value = spec.partner_text || "";
    const sizeOf = () => Number.parseFloat(radius ? radius.value : "") || 0;
    const first = read(spec.text, sizeOf());
    const drawn = first && modes.includes(first.mode) ? first : { mode: modes[0], points: [], radius: sizeOf() };
    value.value = spec.text;
    const canvas = el("div", { class: "place-map", "aria-label": `${spec.label}：在图上画出` });
    const words = el("p", { class: "help", role: "status" });
    const shown = [];
    let leaflet = null;

    function say() {
      words.textContent = `${measure(drawn)}${drawn.mode === "line" ? LINE : MODES[drawn.mode][1]}`;
      back.disabled = wipe.disabled = !drawn.points.length;
      for (const [mode, made] of buttons) made.setAttribute("aria-pressed", String(mode === drawn.mode));
      if (size) size.hidden = drawn.mode !== "circle";
    }
    function keep() {
      value.value = write(drawn);
      if (radius) radius.value = drawn.mode === "circle" ? (drawn.radius ? String(Math.round(drawn.radius)) : radius.value) : "";
      changed(value);
    }
    function handle(point, look, onDrag, text) {
      const icon = L.divIcon({ className: look, html: text || "", iconSize: look === "place-middle" ? [12, 12] : text ? [20, 20] : [14, 14] });
      const made = L.marker(point, { draggable: true, keyboard: false, icon }).addTo(leaflet);
      made.on("drag", (event) => { onDrag(event.target.getLatLng(), made); follow(); }).on("dragend", () => { keep(); draw(); });
      shown.push(made);
      return made;
    }
    let body = null;
    function follow() {
      if (body) body.remove();
      body = layerOf(drawn);
      if (body) body.addTo(leaflet);
      say();
    }
    function middles(corners, isRing) {
      corners.forEach((one, number) => {
        const next = corners[number + 1] || (isRing ? corners[0] : null);
        if (!next) return;
        let isNew = true;
        handle(L.latLng((one.lat + next.lat) / 2, (one.lng + next.lng) / 2), "place-middle", (to) => { drawn.points.splice(number + 1, isNew ? 0 : 1, to); isNew = false; });
      });
    }
    function draw() {
      shown.splice(0).forEach((one) => one.remove());
      if (!leaflet) { say(); return; }
      follow();
      const { mode, points } = drawn;
      if (mode === "circle" && points.length) {
        const east = L.latLng(points[0].lat, points[0].lng + drawn.radius / (111320 * Math.cos((points[0].lat * Math.PI) / 180)));
        let edge = null;
        handle(points[0], "place-corner", (to) => { points[0] = to; if (edge) edge.setOpacity(0); });
        edge = handle(east, "place-corner", (to) => { drawn.radius = Math.max(5, points[0].distanceTo(to)); radius.value = String(Math.round(drawn.radius)); });
      } else if (mode === "rectangle" && points.length === 2) {
        const corners = around(points);
        corners.forEach((one, number) => { const across = corners[(number + 2) % 4]; handle(one, "place-corner", (to) => { drawn.points = [to, across]; }); });
      } else {
        points.forEach((one, number) => handle(one, mode === "line" ? "place-corner numbered" : "place-corner", (to) => { points[number] = to; }, mode === "line" ? String(number + 1) : ""));
        if (mode === "line" || points.length > 2) middles(points, mode === "polygon");
      }
    }
    function add(point) {
      if (drawn.mode === "circle") {
        drawn.points = [point];
        drawn.radius = drawn.radius || FIRST_RADIUS;
      } else if (drawn.mode === "rectangle" && drawn.points.length === 2) return;
      else drawn.points.push(point);
      keep();
      draw();
    }
    function pick(mode) {
      if (mode === drawn.mode) return;
      // A rectangle goes on as a polygon; everything else begins anew.
      drawn.points = mode === "polygon" && drawn.mode === "rectangle" ? cornersOf(drawn) : [];
      drawn.mode = mode;
      keep();
      draw();
    }

    const back = button("撤销一点", "arrow-counterclockwise", () => { drawn.points.pop(); keep(); draw(); });
    const wipe = button("清除", "x-lg", () => { drawn.points = []; keep(); draw(); });
    const toPark = button("定位到园区", "crosshair", () => leaflet && leaflet.setView(home(), zoomed(), { animate: false }));
    const buttons = modes.length > 1 ? modes.map((mode) => [mode, button(MODES[mode][0], { circle: "circle", rectangle: "square", polygon: "pentagon" }[mode], () => pick(mode))]) : [];
    const size = radius ? el("label", { class: "shape-radius" }, el("span", {}, "半径"), radius, el("span", { class: "unit" }, "m")) : null;
    if (radius) radius.addEventListener("input", () => { drawn.radius = sizeOf(); draw(); });
    small(canvas, (made) => {
      leaflet = made;
      leaflet.doubleClickZoom.disable();
      leaflet.on("click", (event) => add(event.latlng.wrap()));
      draw();
      const whole = layerOf(drawn);
      if (whole && drawn.points.length) { whole.addTo(leaflet); leaflet.fitBounds(whole.getBounds(), { padding: [28, 28], maxZoom: 17, animate: false }); whole.remove(); }
    });
    say();
    const tools = el("div", { class: "place-tools" }, ...buttons.map(([, made]) => made), back, wipe, toPark);
    const bar = el("div", { class: "shape-bar" }, named(() => leaflet), size);
    return [el("div", { ...told, id, class: `polygon shape${spec.wrong ? " wrong" : ""}`, tabindex: "-1" }, bar, el("div", { class: "place-frame" }, canvas, tools, zoom(() => leaflet)), words), value];
  }

  kinds.area = (spec) => control(spec, Object.keys(MODES));
  kinds.line = (spec) => control(spec, ["line"]);

  park.mount("data-shape", (host, { shape, radius, label }) => {
    const drawn = read(JSON.stringify(shape), radius);
    if (!drawn) return;
    const canvas = el("div", { class: "place-map shown", role: "img", "aria-label": label });
    host.replaceChildren(el("div", { class: "place-frame" }, canvas), el("p", { class: "cap" }, measure(drawn)));
    small(canvas, (leaflet) => {
      const layer = layerOf(drawn).addTo(leaflet);
      leaflet.fitBounds(layer.getBounds(), { padding: [24, 24], maxZoom: 17, animate: false });
      if (drawn.mode === "line") drawn.points.forEach((one, number) => L.marker(one, { interactive: false, keyboard: false, icon: L.divIcon({ className: "place-corner numbered", html: String(number + 1), iconSize: [20, 20] }) }).addTo(leaflet));
    });
  });
})();
