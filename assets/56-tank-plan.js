/* 储罐监测, 平面图: the tanks of an installation or enterprise in their places on the map, each filled as high as it is full, with its
   code and its state in words. A click opens the tank; the list beside it does the same by keyboard. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const { draw } = park;
  const tanks = park.tanks;
  const plan = (tanks.plan = {});
  const byId = (id) => document.getElementById(id);

  const LEAST_PX = 5; // a tank that would be smaller is drawn so large
  const WORDS_PX = 17; // from this radius on there is room for words inside
  const NAMES_PX = 9; // and from this one for the code below
  const FIT_ZOOM = 19;
  const STATE_WORDS = { high_high: "高高", high: "高", low: "低", low_low: "低低" };

  let page = null;
  let view = null; // {map, frame, canvas, go, isWanted, hits}
  let asked = false;
  let area = "";

  /* ---- Which tanks --------------------------------------------------------------------------------------------------- */

  /** [key, words, test] of everything that can be looked at: all, each enterprise, each of its installations. */
  function areas() {
    const found = [["all", "全部储罐", () => true]];
    const firms = [...new Set(page.tanks.map((tank) => tank.enterprise))];
    for (const firm of firms) {
      found.push([`e${firm}`, page.enterprises[firm].name, (tank) => tank.enterprise === firm]);
      const mine = [...new Set(page.tanks.filter((tank) => tank.enterprise === firm).map((tank) => tank.installation))];
      for (const one of mine) found.push([`i${one}`, `　${page.installations[one].name}`, (tank) => tank.installation === one]);
    }
    return found;
  }

  const chosen = () => { const [, , test] = areas().find(([key]) => key === area) || areas()[0]; return page.tanks.filter(test); };

  /** Where one looks first: at the most urgent alarm, else at the first installation. */
  function firstArea() {
    const worst = [...page.readings.values()].filter((one) => one.alarm).sort((a, b) => a.alarm.level - b.alarm.level)[0];
    const tank = worst ? worst.tank : page.tanks[0];
    return tank ? `i${tank.installation}` : "all";
  }

  /** The word of a tank's state, and its tone. */
  function stateOf({ tank, alarm, silent, isOut, kinds }) {
    if (alarm) return { word: `${tanks.subject(tank, alarm)}${alarm.kind_word}`, tone: `level-${alarm.level}` };
    if (silent) return { word: "停更", tone: "stale" };
    if (isOut) return { word: tank.state_word, tone: "maint" };
    return kinds.has("doubtful") ? { word: "存疑", tone: "warn" } : { word: "", tone: "normal" };
  }

  /* ---- Drawing ------------------------------------------------------------------------------------------------------- */

  function colourOf(tone) {
    const c = park.map.colours();
    return { "level-1": c["level-1"], "level-2": c["level-2"], "level-3": c["level-3"], "level-4": c["level-4"], stale: c.stale, maint: c.maint, warn: c.warn }[tone] || c.normal;
  }

  function paintTank(g, reading, x, y, radius, isBright) {
    const c = park.map.colours();
    const { symbols } = park.map;
    const { tank, alarm, silent, isOut, main } = reading;
    const state = stateOf(reading);
    const colour = colourOf(state.tone);
    const fraction = isOut ? null : tanks.fraction(tank, main);
    g.save();
    g.beginPath();
    g.arc(x, y, radius, 0, 7);
    g.fillStyle = c.bg;
    g.fill();
    g.clip();
    if (fraction !== null) {
      const top = y + radius - 2 * radius * Math.max(0, Math.min(1, fraction));
      g.fillStyle = silent ? park.map.fade(c.stale, 0.35) : alarm && tanks.subject(tank, alarm) === "" && alarm.level < 3 ? park.map.fade(colour, 0.6) : c.liquid;
      g.fillRect(x - radius, top, 2 * radius, 2 * radius);
    }
    if (isOut) hatch(g, x, y, radius, park.map.fade(c.maint, 0.5));
    g.restore();
    g.save();
    g.strokeStyle = colour;
    g.lineWidth = alarm ? 2.5 : 1.4;
    if (silent) g.setLineDash([4, 3]);
    g.beginPath();
    g.arc(x, y, radius, 0, 7);
    g.stroke();
    g.restore();
    if (!reading.bare) paintWords(g, reading, x, y, radius, state, colour, fraction);
    if (alarm) symbols.level(g, x, y - radius - 15, alarm.level, { size: 26, filled: alarm.state === "unacknowledged", dashed: alarm.state === "recovered", opacity: alarm.state === "unacknowledged" && !isBright ? 0.35 : 1 });
  }

  function hatch(g, x, y, radius, colour) {
    g.strokeStyle = colour;
    g.lineWidth = 2;
    g.beginPath();
    for (let d = -2 * radius; d < 2 * radius; d += 8) { g.moveTo(x + d, y + radius); g.lineTo(x + d + 2 * radius, y - radius); }
    g.stroke();
  }

  function paintWords(g, { tank, main }, x, y, radius, state, colour, fraction) {
    const c = park.map.colours();
    const { symbols } = park.map;
    const level = fraction === null ? "" : `${draw.number(fraction * 100, 0)} %`;
    const strong = state.word ? colour : c.text;
    const isGrave = state.tone.startsWith("level-"); // has a name though it is small
    if (radius >= WORDS_PX) {
      symbols.text(g, tank.code, x, y - (level ? 7 : 0), { align: "center", px: radius >= 30 ? 14 : 12, bold: true, colour: c.text });
      if (level) symbols.text(g, radius >= 34 && main.known ? `${draw.number(main.value, main.point.decimals)} m` : level, x, y + 9, { align: "center", px: 12, colour: c.text });
    } else if (radius >= NAMES_PX || isGrave) symbols.text(g, tank.code, x, y + radius + 9, { align: "center", px: 12, bold: Boolean(state.word), colour: strong });
    if (state.word && (radius >= NAMES_PX || isGrave)) symbols.text(g, state.word, x, y + radius + (radius >= WORDS_PX ? 10 : 23), { align: "center", px: 12, bold: true, colour });
  }

  function paint() {
    if (!view || !view.map || !view.frame.isConnected || byId("tanks-plan").hidden) return;
    const { map: leaflet, canvas } = view;
    const size = leaflet.getSize();
    const ratio = Math.min(window.devicePixelRatio || 1, 3);
    if (canvas.width !== Math.ceil(size.x * ratio) || canvas.height !== Math.ceil(size.y * ratio)) { canvas.width = Math.ceil(size.x * ratio); canvas.height = Math.ceil(size.y * ratio); }
    canvas.style.width = `${size.x}px`;
    canvas.style.height = `${size.y}px`;
    const g = canvas.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, size.x, size.y);
    const perPixel = park.map.metresPerPixel(leaflet);
    const inArea = new Set(chosen());
    const isBright = Boolean(park.map.phase() & 1) || window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    view.hits = [];
    view.blinks = false;
    const things = page.tanks.filter(view.isWanted).map((tank) => page.readings.get(tank.id));
    things.sort((a, b) => Boolean(a.alarm) - Boolean(b.alarm)); // what is abnormal lies on top
    for (const reading of things) {
      const { tank } = reading;
      const { x, y } = leaflet.latLngToContainerPoint([tank.lat, tank.lon]);
      if (x < -80 || y < -80 || x > size.x + 80 || y > size.y + 80) continue;
      const radius = Math.max(LEAST_PX, tank.diameter / 2 / perPixel);
      g.globalAlpha = inArea.has(tank) ? 1 : 0.35;
      paintTank(g, reading, x, y, radius, isBright);
      if (page.state.tank === tank.code) park.map.symbols.selection(g, x, y, radius + 5);
      view.hits.push({ tank, x, y, radius });
      view.blinks = view.blinks || (reading.alarm && reading.alarm.state === "unacknowledged");
    }
    g.globalAlpha = 1;
  }

  let frame = 0;
  const request = () => { if (!frame) frame = requestAnimationFrame(() => { frame = 0; paint(); }); };

  function under(event) {
    const at = view.map.mouseEventToContainerPoint(event.originalEvent);
    const near = view.hits.map((hit) => ({ ...hit, far: Math.hypot(hit.x - at.x, hit.y - at.y) })).filter((hit) => hit.far <= Math.max(hit.radius, 14));
    return near.length ? near.reduce((best, hit) => (hit.far < best.far ? hit : best)).tank : null;
  }

  const sample = (tone, fraction, look) => (g, x, y) => {
    const tank = { code: "", shape: "vertical", height: 1, name: "", points: [], state_word: "" };
    const main = fraction === null ? null : { point: { quantity: "level" }, known: true, value: fraction };
    const kinds = new Set(tone === "warn" ? ["doubtful"] : []);
    g.save();
    paintTank(g, { tank, main, kinds, alarm: null, silent: false, isOut: false, ...look, bare: true }, x, y, 10, true);
    g.restore();
  };
  const LEGEND = [["在用，按液位高度填充", sample("normal", 0.6, {})], ["停更", sample("stale", 0.4, { silent: true })], ["检修、停用", sample("maint", null, { isOut: true })],
    ["报警，字样说明类型", (g, x, y) => park.map.symbols.level(g, x, y, 1, { filled: true, size: 22 })]];

  /* ---- The list ------------------------------------------------------------------------------------------------------ */

  function buildSide() {
    const box = byId("tanks-plan-side");
    box.innerHTML = '<label class="plan-area"><span class="muted">罐区、企业</span><select class="form-select"></select></label><p class="plan-sum muted"></p><div class="plan-list"></div>';
    const select = box.querySelector("select");
    select.append(...areas().map(([key, words]) => { const one = document.createElement("option"); one.value = key; one.textContent = words; return one; }));
    select.value = area;
    select.addEventListener("change", () => { area = select.value; view.go({ at: area }); fit(); });
    box.querySelector(".plan-list").addEventListener("click", (event) => {
      const button = event.target.closest("button");
      const tank = button && page.tanks.find((one) => one.code === button.dataset.code);
      if (tank) { tanks.open(tank); fly(tank); }
    });
  }

  function drawSide() {
    const box = byId("tanks-plan-side");
    if (!box.firstChild) return;
    const list = chosen().filter(view.isWanted);
    const readings = list.map((tank) => page.readings.get(tank.id));
    const points = tanks.reporting(readings);
    tanks.put(box.querySelector(".plan-sum"), `${readings.filter(tanks.isOnline).length}/${readings.filter((one) => !one.isOut).length} 罐在线 · 测点 ${points.words} 在报`);
    const rows = readings.map((reading) => {
      const { tank } = reading;
      const state = stateOf(reading);
      const fraction = reading.isOut ? null : tanks.fraction(tank, reading.main);
      return `<button type="button" data-code="${draw.escape(tank.code)}" class="${state.tone}${page.state.tank === tank.code ? " on" : ""}"><b>${draw.escape(tank.code)}</b><span>${draw.escape(tank.name)}</span><span class="num${reading.silent ? " silent" : ""}">${fraction === null ? "—" : `${draw.number(fraction * 100, 0)} %`}</span><em>${draw.escape(state.word || "正常")}</em></button>`;
    });
    const look = rows.join("") || `<p class="muted">${page.tanks.length ? "没有符合条件的储罐" : "您的数据范围内还没有储罐"}</p>`;
    if (view.look === look) return;
    view.look = look;
    const focused = document.activeElement && document.activeElement.dataset && document.activeElement.dataset.code;
    const isInside = box.contains(document.activeElement);
    box.querySelector(".plan-list").innerHTML = look;
    const again = isInside && focused && box.querySelector(`[data-code="${CSS.escape(focused)}"]`);
    if (again) again.focus({ preventScroll: true });
  }

  /* ---- The map ------------------------------------------------------------------------------------------------------- */

  function fit(isStill) {
    const list = chosen();
    if (!list.length || !view.map) return;
    const [lats, lons] = [list.map((tank) => tank.lat), list.map((tank) => tank.lon)];
    const air = Math.max(...list.map((tank) => tank.diameter)) / 111000;
    const bounds = [[Math.min(...lats) - air, Math.min(...lons) - air], [Math.max(...lats) + air, Math.max(...lons) + air]];
    view.map.fitBounds(bounds, { padding: [60, 60], maxZoom: FIT_ZOOM, animate: !isStill && !window.matchMedia("(prefers-reduced-motion: reduce)").matches });
  }

  function fly(tank) {
    if (view.map && !view.map.getBounds().pad(-0.1).contains([tank.lat, tank.lon])) view.map.panTo([tank.lat, tank.lon], { animate: false });
  }

  /** Show the plan; the first time its map is asked for. */
  plan.open = function (given, go, isWanted) {
    if (page !== given) { page = given; view = null; asked = false; area = given.state.at; }
    if (!areas().some(([key]) => key === area)) area = firstArea();
    view = view || { map: null, frame: byId("tanks-plan"), canvas: document.createElement("canvas"), hits: [], look: "", tries: 0 };
    Object.assign(view, { go, isWanted, look: "" });
    if (!byId("tanks-plan-side").firstChild) buildSide();
    drawSide();
    if (!asked) { asked = true; window.dash_clientside.set_props("tanks-ask-plan", { data: { key: Date.now() } }); }
    else if (view.map) requestAnimationFrame(() => { view.map.invalidateSize({ pan: false }); request(); });
  };

  /** Its map has come: put the tanks on it. */
  plan.mount = async function (definition) {
    const mine = view;
    if (!mine || mine.map) return;
    const box = byId("map-tank-plan");
    if (!box) { if (mine.tries++ < 1200) setTimeout(() => plan.mount(definition), 50); return; }
    const found = await park.map.open(box, definition, { shown: { tank: false, vehicle: false, alarm: false, place: false }, padding: () => [60, 60, 60, 60], legend: LEGEND });
    if (view !== mine || mine.map) return;
    mine.map = found.map;
    found.whole = () => fit();
    found.layer.hit = () => null; // only tanks are to be pointed at here
    mine.canvas.className = "plan-canvas";
    found.map.getContainer().append(mine.canvas);
    found.map.on("move zoom moveend zoomend resize viewreset", request);
    found.map.on("click", (event) => { if (found.isBusy()) return; const tank = under(event); if (tank) tanks.open(tank); });
    found.map.on("mousemove", (event) => {
      const tank = found.isBusy() ? null : under(event);
      found.map.getContainer().classList.toggle("on-thing", Boolean(tank));
      const title = tank ? `${tank.code} ${tank.name} · ${tank.medium}` : "";
      if (found.map.getContainer().title !== title) found.map.getContainer().title = title;
    });
    park.live.attach(box, { points: request, alarms: request });
    const blinking = setInterval(() => {
      if (view !== mine || !box.isConnected) clearInterval(blinking);
      else if (mine.blinks) request();
    }, 200);
    fit(true);
    request();
    box.parkPlan = mine; // for tests
  };

  plan.renew = function () {
    if (!view || !page) return;
    drawSide();
    request();
  };
  document.addEventListener("park:theme", request);
})();
