/* Measuring on the map, in Chinese: a distance along a line, an area with its circumference. */
(function () {
  "use strict";
  const map = (window.park = window.park || {}).map = window.park.map || {};
  const L = window.L;
  const EARTH_M = 6371008.8;
  const TURN = Math.PI / 180;

  /** Area in square metres of a small polygon, on the plane that touches the earth at its first corner. */
  map.areaOf = function (corners) {
    if (corners.length < 3) return 0;
    const scale = Math.cos(corners[0].lat * TURN);
    const flat = corners.map((one) => [(one.lng - corners[0].lng) * TURN * EARTH_M * scale, (one.lat - corners[0].lat) * TURN * EARTH_M]);
    const twice = flat.reduce((sum, [x, y], i) => {
      const [nextX, nextY] = flat[(i + 1) % flat.length];
      return sum + x * nextY - nextX * y;
    }, 0);
    return Math.abs(twice) / 2;
  };

  map.lengthOf = (leaflet, corners) => corners.slice(1).reduce((sum, one, i) => sum + leaflet.distance(corners[i], one), 0);

  /** The measuring tool of one view: toggle(kind, button), isOn(). */
  map.measure = function (view, frame) {
    const leaflet = view.map;
    const container = leaflet.getContainer();
    let kind = null;
    let lit = null;
    let corners = [];
    let pointer = null;
    let isDone = false;
    let shape = null;
    let dots = null;
    const words = map.element("span", "");
    const close = map.button("", "结束测量", () => stop(), map.glyph("x-lg"));
    const panel = map.element("div", "map-measure float", words, close);
    panel.setAttribute("role", "status");

    const style = () => ({ color: map.colours().accent, weight: 2.5, fill: kind === "area", fillOpacity: 0.12, dashArray: isDone ? null : "6 5", interactive: false });

    function draw() {
      if (shape) shape.remove();
      if (dots) dots.remove();
      const line = isDone || !pointer ? corners : [...corners, pointer];
      shape = (kind === "area" ? L.polygon(line, style()) : L.polyline(line, style())).addTo(leaflet);
      const ring = { radius: 4, color: map.colours().accent, weight: 2, fillColor: map.colours().bg, fillOpacity: 1, interactive: false };
      dots = L.layerGroup(corners.map((one) => L.circleMarker(one, ring))).addTo(leaflet);
      words.textContent = say(line);
    }

    function say(line) {
      const hint = isDone ? "" : corners.length ? "　双击结束，Esc 退出" : "";
      if (!corners.length) return kind === "area" ? "测面积：在地图上依次单击各个角点" : "测距：在地图上依次单击各点";
      const long = map.lengthOf(leaflet, line);
      if (kind === "distance") return `距离 ${map.lengthText(long)}${hint}`;
      const closed = line.length > 2 ? long + leaflet.distance(line[line.length - 1], line[0]) : long;
      return `面积 ${map.areaText(map.areaOf(line))}，周长 ${map.lengthText(closed)}${hint}`;
    }

    function begin(wanted, button) {
      stop();
      kind = wanted;
      lit = button;
      lit.classList.add("on");
      container.classList.add("measuring");
      leaflet.doubleClickZoom.disable();
      leaflet.on("click", add).on("mousemove", follow).on("dblclick", finish);
      document.addEventListener("keydown", onKey);
      frame.append(panel);
      words.textContent = say([]);
    }

    function add(event) {
      if (isDone) { corners = []; isDone = false; }
      corners.push(event.latlng);
      pointer = null;
      draw();
    }

    function follow(event) {
      if (!corners.length || isDone) return;
      pointer = event.latlng;
      draw();
    }

    function finish() {
      // The two clicks of a double click have each added the same corner.
      if (corners.length > 1) corners.pop();
      isDone = true;
      pointer = null;
      draw();
    }

    function onKey(event) {
      if (event.key === "Escape") stop();
      if (event.key === "Enter" && corners.length) { corners.push(corners[corners.length - 1]); finish(); }
    }

    function stop() {
      if (!kind) return;
      kind = null;
      corners = [];
      pointer = null;
      isDone = false;
      if (shape) shape.remove();
      if (dots) dots.remove();
      shape = dots = null;
      lit.classList.remove("on");
      container.classList.remove("measuring");
      leaflet.off("click", add).off("mousemove", follow).off("dblclick", finish);
      leaflet.doubleClickZoom.enable();
      document.removeEventListener("keydown", onKey);
      panel.remove();
    }

    leaflet.on("unload", stop);
    return { toggle: (wanted, button) => (kind === wanted ? stop() : begin(wanted, button)), isOn: () => Boolean(kind), stop };
  };
})();
