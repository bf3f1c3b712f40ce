/* Where a plan picture lies: two points are clicked on the picture and on the map. data-plan-points = {url, name, outline, lon, lat}; the
   numbers stand in the inputs of the same form and may be typed there too. */
(function () {
  "use strict";
  const park = window.park;
  const L = window.L;
  const { element: el, changed } = park.inputs;
  const POINTS = [["first_x", "first_y", "lon", "lat"], ["second_x", "second_y", "second_lon", "second_lat"]];
  const NAMES = ["点一", "点二"];
  const METRES = 111195;

  park.mount("data-plan-points", (host, spec) => {
    const form = () => host.closest("form");
    const input = (name) => form().querySelector(`[name="${name}"]`);
    const value = (name) => { const found = input(name); const number = found ? Number.parseFloat(found.value) : NaN; return Number.isFinite(number) ? number : null; };
    const put = (name, number) => { const found = input(name); if (found) { found.value = String(number); changed(found); } };
    const state = { active: 0, size: null, picture: null, map: null, image: null, plan: null, pins: [], url: spec.url };

    const steps = NAMES.map((name, number) => {
      const made = el("button", { type: "button", class: "button small" }, name);
      made.addEventListener("click", () => { state.active = number; draw(); });
      return made;
    });
    const words = el("p", { class: "help", role: "status" });
    const left = el("div", { class: "place-map", "aria-label": "图片：点出两个点" });
    const right = el("div", { class: "place-map", "aria-label": "地图：点出同样的两个点" });
    const box = (title, canvas, find) => el("div", {}, el("div", { class: "plan-title" }, title), el("div", { class: "place-frame" }, canvas, park.places.zoom(find)));
    const search = park.places.named(() => state.map);
    const bar = el("div", { class: "plan-bar" }, el("span", {}, "现在点："), steps, search);
    const both = el("div", { class: "plan-both" }, box("图片", left, () => state.picture), box("地图（拼好的图片半透明叠在上面）", right, () => state.map));
    host.classList.add("plan-points");
    host.replaceChildren(words);

    const onPicture = (number) => { const [x, y] = POINTS[number].map(value); return x === null || y === null || !state.size ? null : L.latLng(state.size[1] * (1 - y / 100), (state.size[0] * x) / 100); };
    const onMap = (number) => { const [, , lon, lat] = POINTS[number].map(value); return lon === null || lat === null ? null : L.latLng(lat, lon); };
    const isWhole = (number) => POINTS[number].every((name) => value(name) !== null);

    function take(number, isPicture, at) {
      const [x, y, lon, lat] = POINTS[number];
      if (isPicture) {
        const inside = (share) => Math.round(Math.min(Math.max(share, 0), 1) * 10000) / 100;
        put(x, inside(at.lng / state.size[0]));
        put(y, inside(1 - at.lat / state.size[1]));
      } else {
        put(lon, park.places.six(at.wrap().lng));
        put(lat, park.places.six(at.lat));
      }
      if (isWhole(number) && !isWhole(1 - number)) state.active = 1 - number;
      draw();
    }

    /** How the picture lies on the map, by both points; null while one is missing. */
    function laid() {
      if (!state.size || !isWhole(0) || !isWhole(1)) return null;
      const [[x1, y1, lon1, lat1], [x2, y2, lon2, lat2]] = POINTS.map((names) => names.map(value));
      const px = [(x2 - x1) / 100 * state.size[0], (y2 - y1) / 100 * state.size[1]];
      const metres = [(lon2 - lon1) * METRES * Math.cos(lat1 * Math.PI / 180), (lat2 - lat1) * METRES];
      const scale = Math.hypot(...metres) / Math.hypot(...px);
      const turn = (Math.atan2(-metres[1], metres[0]) - Math.atan2(px[1], px[0])) * 180 / Math.PI;
      return Number.isFinite(scale) && scale > 0 ? { width: scale * state.size[0], turn: Math.round(((turn + 540) % 360 - 180) * 10) / 10 } : null;
    }

    function say() {
      const number = state.active;
      const here = onPicture(number);
      const there = onMap(number);
      const done = laid();
      const next = !here ? `在图片上点出${NAMES[number]}，如一处厂房角、罐区角。` : !there ? `在地图上点出同一个${NAMES[number]}。` : "";
      words.textContent = next || (done ? `图片宽约 ${Math.round(done.width).toLocaleString("zh-CN")} m，旋转 ${done.turn}°。看地图上叠加的图片是否对齐，可拖动标记调整，两点离得越远越准。` : "两点太近，请选离得远的两点。");
      steps.forEach((button, at) => { button.setAttribute("aria-pressed", String(at === number)); button.classList.toggle("primary", at === number); });
    }

    function draw() {
      state.pins.splice(0).forEach((one) => one.remove());
      for (const number of [0, 1]) {
        for (const [leaflet, at, isPicture] of [[state.picture, onPicture(number), true], [state.map, onMap(number), false]]) {
          if (!leaflet || !at) continue;
          const icon = L.divIcon({ className: `place-corner numbered plan-pin${number === state.active ? " on" : ""}`, html: String(number + 1), iconSize: [22, 22] });
          state.pins.push(L.marker(at, { draggable: true, keyboard: false, icon, title: `${NAMES[number]}：拖动以移动` }).on("dragend", (event) => take(number, isPicture, event.target.getLatLng())).addTo(leaflet));
        }
      }
      if (state.plan) { state.plan.remove(); state.plan = null; }
      if (state.map && laid()) {
        state.plan = new park.risk.Plan({ url: state.url, name: spec.name, points: POINTS.map((names) => { const [x, y, lon, lat] = names.map(value); return [x / 100, y / 100, lon, lat]; }) });
        state.plan.addTo(state.map);
      }
      say();
    }

    function open() {
      if (!state.url) { words.textContent = "还没有图片：先在下方“附件”中上传平面图，再在这里指点。"; host.replaceChildren(words); return; }
      const probe = new Image();
      probe.addEventListener("error", () => { words.textContent = "图片打不开，请在“附件”中重新上传。"; });
      probe.addEventListener("load", () => {
        state.size = [probe.naturalWidth, probe.naturalHeight];
        host.replaceChildren(bar, both, words);
        const bounds = L.latLngBounds([[0, 0], [state.size[1], state.size[0]]]);
        const look = new ResizeObserver(() => {
          if (!left.clientWidth) return;
          if (state.picture) { state.picture.invalidateSize({ pan: false }); return; }
          state.picture = L.map(left, { crs: L.CRS.Simple, minZoom: -6, maxZoom: 3, zoomSnap: 0.25, zoomControl: false, attributionControl: false, maxBounds: bounds.pad(0.5), scrollWheelZoom: false });
          state.picture.on("focus", () => state.picture.scrollWheelZoom.enable()).on("blur", () => state.picture.scrollWheelZoom.disable());
          L.imageOverlay(state.url, bounds, { alt: spec.name }).addTo(state.picture);
          state.picture.fitBounds(bounds, { animate: false });
          state.picture.on("click", (event) => take(state.active, true, event.latlng));
          draw();
        });
        look.observe(left);
        park.places.small(right, (leaflet) => {
          state.map = leaflet;
          leaflet.createPane("risk-plans").style.zIndex = 410;
          const outline = spec.outline ? L.geoJSON(spec.outline, { style: { ...park.places.style(), fillOpacity: 0.04 }, interactive: false }).addTo(leaflet) : null;
          const known = [0, 1].map(onMap).filter(Boolean);
          if (known.length === 2) leaflet.fitBounds(L.latLngBounds(known).pad(0.6), { maxZoom: 19, animate: false });
          else if (outline) leaflet.fitBounds(outline.getBounds(), { padding: [12, 12], animate: false });
          else leaflet.setView([spec.lat, spec.lon], 17, { animate: false });
          leaflet.on("click", (event) => take(state.active, false, event.latlng));
          draw();
        });
      });
      probe.src = state.url;
    }

    state.active = 0;
    requestAnimationFrame(() => { // the inputs may be drawn after this place
      if (!form()) return;
      state.active = isWhole(0) && !isWhole(1) ? 1 : 0;
      form().addEventListener("input", (event) => { if (state.size && event.isTrusted && POINTS.flat().includes(event.target.name)) draw(); });
      form().addEventListener("park:filled", () => { if (state.size) draw(); });
      form().addEventListener("park:attachments", (event) => {
        const image = event.target.querySelector("[data-attachment] .attach-thumb");
        const url = image ? image.getAttribute("src").replace(/\?.*$/, "") : "";
        if (url === state.url) return;
        state.picture?.remove();
        state.picture = null;
        state.size = null;
        state.url = url;
        open();
      });
      open();
    });
  });
})();

/* The plan pictures of the chosen enterprise under the map on which a zone is drawn: data-plan-under = [{enterprise_id, url, name, points}]. */
(function () {
  "use strict";
  const park = window.park;
  const WAIT_MS = 200;

  park.mount("data-plan-under", (host, plans) => {
    const shown = [];
    let drawn = "";

    function look() {
      if (!host.isConnected) return;
      const form = host.closest("form");
      const canvas = form && form.querySelector(".control-polygon .place-map");
      const leaflet = canvas && canvas.parkSmall;
      const firm = form && form.querySelector('[name="enterprise_id"]');
      const fixed = host.dataset.firm;
      const wanted = fixed || (firm ? firm.value : "");
      if (leaflet && (wanted !== drawn || shown.some((one) => one._map !== leaflet))) {
        shown.splice(0).forEach((one) => one.remove());
        if (!leaflet.getPane("risk-plans")) leaflet.createPane("risk-plans").style.zIndex = 250;
        const mine = plans.filter((plan) => String(plan.enterprise_id) === wanted);
        for (const plan of mine) shown.push(new park.risk.Plan(plan).addTo(leaflet));
        const outline = form.querySelector(".control-polygon input[type=hidden]");
        if (mine.length && outline && !outline.value) leaflet.fitBounds(window.L.latLngBounds(mine.flatMap((plan) => plan.points.map(([, , lon, lat]) => [lat, lon]))).pad(0.4), { maxZoom: 19, animate: false });
        host.textContent = mine.length ? `图上叠加了平面图“${mine.map((plan) => plan.name).join("”“")}”，可照图描出区域。` : wanted ? "该企业没有已定位的平面图，按地图画出区域。" : "选择企业后叠加其平面图。";
        drawn = wanted;
      }
      setTimeout(look, WAIT_MS);
    }
    host.className = "help";
    look();
  });
})();
