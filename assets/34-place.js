/* A place on the map, and an area: clicked or dragged on the park's own base map, or typed. Values are WGS-84 degrees. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const { element: el, glyph, kinds, marks, changed } = park.inputs;
  const L = window.L;
  const config = JSON.parse(document.getElementById("park-config")?.textContent || "{}");
  const GROUND_URL = "/map/base/ground.json";
  const PLACES_URL = "/map/base/places.json";
  const live = new Set();

  const once = {};
  const fetched = (url) => (once[url] = once[url] || fetch(url).then((answer) => { if (!answer.ok) throw new Error(answer.status); return answer.json(); }).catch((error) => { delete once[url]; throw error; }));
  const five = (value) => String(Math.round(value * 1e5) / 1e5);
  const degrees = (text, limit) => { const number = Number.parseFloat(text); return /^\s*[+-]?\d+(\.\d+)?\s*$/.test(text) && Math.abs(number) <= limit ? number : null; };
  const home = () => { const [lon, lat] = config.mapCenter || [120.43, 41.42]; return [lat, lon]; };

  /** A small map in `canvas`; `ready(leaflet)` runs once it has a size. The wheel turns the page until the map is clicked. */
  function small(canvas, ready) {
    const look = new ResizeObserver(() => {
      if (!canvas.clientWidth) return;
      if (canvas.parkSmall) { canvas.parkSmall.invalidateSize({ pan: false }); return; }
      const leaflet = L.map(canvas, { center: home(), zoom: config.mapZoom || 14, minZoom: 9, maxZoom: 19, zoomControl: false, attributionControl: false, scrollWheelZoom: false, preferCanvas: true });
      canvas.parkSmall = leaflet;
      live.add({ canvas, leaflet, look });
      leaflet.on("focus", () => leaflet.scrollWheelZoom.enable()).on("blur", () => leaflet.scrollWheelZoom.disable());
      leaflet.createPane("ground").style.zIndex = 200; // below what is drawn here, whichever comes first
      fetched(GROUND_URL).then((ground) => L.geoJSON(ground, { pane: "ground", style: park.map.style, interactive: false }).addTo(leaflet), () => { /* the ground stays plain; the coordinates still hold */ });
      ready(leaflet);
    });
    look.observe(canvas);
  }

  /* Maps of forms that are gone let go of what they hold. */
  setInterval(() => {
    for (const one of live) {
      if (one.canvas.isConnected) continue;
      one.look.disconnect();
      one.leaflet.remove();
      live.delete(one);
    }
  }, 5000);

  const button = (words, mark, onClick, title) => {
    const made = el("button", { type: "button", class: "button small", title }, glyph(mark), words);
    made.addEventListener("click", onClick);
    return made;
  };
  const zoom = (find) => el("div", { class: "place-zoom" }, [["plus-lg", "放大", 1], ["dash-lg", "缩小", -1]].map(([mark, words, by]) => {
    const made = el("button", { type: "button", title: words, "aria-label": words }, glyph(mark));
    made.addEventListener("click", () => find() && find().setZoom(find().getZoom() + by));
    return made;
  }));

  const pinIcon = () => L.divIcon({ className: "place-pin", html: '<i class="bi bi-geo-alt-fill"></i>', iconSize: [30, 30], iconAnchor: [15, 29] });

  /* ---- A place ----------------------------------------------------------------------------------------------------- */

  kinds.place = function (spec) {
    const { id, name, ...told } = marks(spec);
    const canvas = el("div", { class: "place-map", "aria-label": `${spec.label}：在图上点选` });
    const field = (one, label, text) => {
      const input = el("input", { ...told, id: one === name ? `${id}-number` : `field-${one}`, name: one, class: `input${spec.wrong ? " wrong" : ""}`, type: "text", inputmode: "decimal", maxlength: 14, autocomplete: "off", placeholder: "如 " + five(home()[one === name ? 1 : 0]) });
      input.value = text;
      return [input, el("label", {}, el("span", {}, label), input)];
    };
    const [lon, lonRow] = field(name, "经度", spec.text);
    const [lat, latRow] = field(spec.partner, "纬度", spec.partner_text);
    const where = el("p", { class: "help", role: "status" });
    let leaflet = null;
    let marker = null;
    const at = () => { const x = degrees(lon.value, 180); const y = degrees(lat.value, 90); return x === null || y === null ? null : L.latLng(y, x); };

    function show(isMoved) {
      const point = at();
      where.textContent = point ? "在图上点选、拖动标记，或直接填写经纬度（WGS-84）。" : "还没有位置：在图上点选，或填写经纬度（WGS-84）。";
      if (!leaflet) return;
      if (!point && marker) { marker.remove(); marker = null; }
      if (point && !marker) marker = pin(point).addTo(leaflet);
      if (point) marker.setLatLng(point);
      if (point && isMoved) leaflet.setView(point, Math.max(leaflet.getZoom(), 15), { animate: false });
    }
    function set(point) {
      const wrapped = point.wrap();
      lon.value = five(wrapped.lng);
      lat.value = five(wrapped.lat);
      changed(lat);
      changed(lon);
      show(false);
    }
    const pin = (point) => L.marker(point, { draggable: true, keyboard: false, title: "拖动以移动", icon: pinIcon() }).on("dragend", () => set(marker.getLatLng()));

    for (const input of [lon, lat]) input.addEventListener("input", () => show(true));
    for (const input of [lon, lat]) input.addEventListener("blur", () => { if (at()) input.value = five(Number.parseFloat(input.value)); });
    small(canvas, (made) => {
      leaflet = made;
      leaflet.on("click", (event) => set(event.latlng));
      show(true);
      outline(canvas, leaflet);
    });
    const toPark = button("定位到园区", "crosshair", () => leaflet && leaflet.setView(home(), config.mapZoom || 14, { animate: false }));
    const forget = button("清除", "x-lg", () => { lon.value = lat.value = ""; changed(lat); changed(lon); show(false); });
    const tools = el("div", { class: "place-tools" }, toPark, spec.required ? null : forget);
    show(false);
    return [el("div", { id, class: "place", tabindex: "-1" }, el("div", { class: "place-frame" }, canvas, tools, zoom(() => leaflet)), el("div", { class: "place-side" }, named(() => leaflet), lonRow, latRow, where))];
  };

  /** The area of the same form, as a line round the place. */
  function outline(canvas, leaflet) {
    const form = canvas.closest("form");
    const area = form && form.querySelector(".control-polygon input[type=hidden]");
    const corners = area && cornersOf(area.value);
    if (corners && corners.length) L.polygon(corners, { ...style(), interactive: false }).addTo(leaflet);
  }

  /** A search among the names on the base map: streets, gates, the fire station. */
  function named(find) {
    const id = park.inputs.unique("places");
    const input = el("input", { type: "search", class: "input", placeholder: "按地名查找", "aria-label": "按地名查找", list: id, autocomplete: "off" });
    const known = el("datalist", { id });
    let places = new Map();
    input.addEventListener("focus", () => fetched(PLACES_URL).then((answer) => {
      places = new Map(answer.features.filter((one) => one.properties.name).map((one) => [one.properties.name, one]));
      known.replaceChildren(...[...places.keys()].map((name) => el("option", { value: name })));
    }, () => { input.placeholder = "地名暂时取不到"; }));
    const go = () => {
      const text = input.value.trim();
      const one = places.get(text) || (text && [...places.values()].find((each) => each.properties.name.includes(text)));
      if (one && find()) find().fitBounds(L.geoJSON(one).getBounds(), { maxZoom: 16, animate: false });
      input.setCustomValidity("");
      input.classList.toggle("wrong", Boolean(text && !one));
      input.title = text && !one ? "底图上没有这个地名" : "";
    };
    for (const kind of ["input", "change"]) input.addEventListener(kind, (event) => { event.stopPropagation(); if (!input.value || places.has(input.value.trim())) go(); });
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); go(); } });
    return el("div", { class: "place-search" }, glyph("search"), input, known);
  }

  /* ---- A place that is only shown ---------------------------------------------------------------------------------- */

  park.mount("data-place", (host, spot) => {
    const point = L.latLng(spot.lat, spot.lon);
    const canvas = el("div", { class: "place-map shown", role: "img", "aria-label": `地图：东经 ${spot.lon}，北纬 ${spot.lat}` });
    host.replaceChildren(el("div", { class: "place-frame" }, canvas));
    small(canvas, (leaflet) => {
      leaflet.setView(point, 15, { animate: false });
      L.marker(point, { interactive: false, keyboard: false, icon: pinIcon() }).addTo(leaflet);
    });
  });

  /* What other drawings on a small map are made of: assets/34-shape.js. */
  park.places = { small, button, zoom, named, home, six: (value) => Math.round(value * 1e6) / 1e6, zoomed: () => config.mapZoom || 14, style: () => style() };

  /* ---- An area ----------------------------------------------------------------------------------------------------- */

  const style = () => ({ color: park.map.colours().accent, weight: 2, fillOpacity: 0.12 });
  const six = (value) => Math.round(value * 1e6) / 1e6;

  /** The corners of a GeoJSON polygon without holes; null when it is another shape, empty when there is none. */
  function cornersOf(text) {
    if (!text.trim()) return [];
    try {
      const shape = JSON.parse(text);
      const found = shape.type === "Feature" ? shape.geometry : shape;
      if (found.type !== "Polygon" || found.coordinates.length !== 1) return null;
      return found.coordinates[0].slice(0, -1).map(([x, y]) => L.latLng(y, x));
    } catch (error) { return null; }
  }

  kinds.polygon = function (spec) {
    const { id, name, ...told } = marks(spec);
    const value = el("input", { type: "hidden", name });
    value.value = spec.text;
    const canvas = el("div", { class: "place-map", "aria-label": `${spec.label}：在图上依次点出各个角点` });
    const words = el("p", { class: "help", role: "status" });
    const first = cornersOf(spec.text);
    let isForeign = first === null; // drawn elsewhere, of a shape that is only shown here
    let corners = first || [];
    let leaflet = null;
    const drawn = [];

    const isClosed = () => corners.length > 2;
    function keep() {
      const ring = corners.map((one) => [six(one.lng), six(one.lat)]);
      value.value = isClosed() ? JSON.stringify({ type: "Polygon", coordinates: [[...ring, ring[0]]] }) : "";
      changed(value);
    }
    function say() {
      const area = isClosed() ? `面积 ${Math.round(park.map.areaOf(corners)).toLocaleString("zh-CN")} m²，${corners.length} 个角点。` : corners.length ? `已有 ${corners.length} 个角点，至少 3 个。` : "";
      words.textContent = isForeign ? "这个范围由多个部分组成或有洞，只能查看；清除后可以重画。" : `${area}在图上依次点出角点；拖动角点移动，拖动边上的小圆点加点。`;
      back.disabled = isForeign || !corners.length;
      wipe.disabled = !isForeign && !corners.length;
    }
    function draw() {
      drawn.splice(0).forEach((one) => one.remove());
      if (leaflet && isForeign) { try { drawn.push(L.geoJSON(JSON.parse(spec.text), { style, interactive: false }).addTo(leaflet)); } catch (error) { /* no shape at all: the words say so */ } }
      if (!leaflet || isForeign || !corners.length) return;
      const shape = (isClosed() ? L.polygon : L.polyline)(corners, { ...style(), interactive: false }).addTo(leaflet);
      drawn.push(shape);
      const follow = () => { shape.setLatLngs(corners); say(); };
      corners.forEach((corner, number) => {
        drawn.push(handle(corner, "place-corner", (to) => { corners[number] = to; follow(); }));
        const next = corners[(number + 1) % corners.length];
        if (!isClosed()) return;
        const middle = L.latLng((corner.lat + next.lat) / 2, (corner.lng + next.lng) / 2);
        let isNew = true;
        drawn.push(handle(middle, "place-middle", (to) => { corners.splice(number + 1, isNew ? 0 : 1, to); isNew = false; follow(); }));
      });
    }
    const handle = (point, look, onDrag) => L.marker(point, { draggable: true, keyboard: false, icon: L.divIcon({ className: look, iconSize: look === "place-middle" ? [10, 10] : [14, 14] }) }).on("drag", (event) => onDrag(event.target.getLatLng())).on("dragend", () => { keep(); draw(); }).addTo(leaflet);

    const back = button("撤销一点", "arrow-counterclockwise", () => { corners.pop(); keep(); draw(); say(); });
    const wipe = button("清除", "x-lg", () => { isForeign = false; corners = []; keep(); draw(); say(); });
    const toPark = button("定位到园区", "crosshair", () => leaflet && leaflet.setView(home(), config.mapZoom || 14, { animate: false }));
    small(canvas, (made) => {
      leaflet = made;
      leaflet.doubleClickZoom.disable();
      leaflet.on("click", (event) => { if (isForeign) return; corners.push(event.latlng); keep(); draw(); say(); });
      draw();
      if (drawn.length) leaflet.fitBounds((isForeign ? drawn[0] : L.polygon(corners)).getBounds(), { padding: [24, 24], maxZoom: 17, animate: false });
    });
    say();
    return [el("div", { ...told, id, class: `polygon${spec.wrong ? " wrong" : ""}`, tabindex: "-1" }, el("div", { class: "place-frame" }, canvas, el("div", { class: "place-tools" }, back, wipe, toPark), zoom(() => leaflet)), words), value];
  };
})();
