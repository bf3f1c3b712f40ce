/* The card of what is selected on the map: tank, vehicle, enterprise, camera, detector, place.
 *
 * map.card(element, view, found) builds it, map.renewCard(element) brings its numbers up to date.
 */
(function () {
  "use strict";
  const park = window.park;
  const map = park.map;
  const el = map.element;
  const BROKEN = { high_high: "hh", high: "h", low: "l", low_low: "ll" };
  const TONE = { high_high: "level-1", low_low: "level-1", high: "level-2", low: "level-2" };

  const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
  const dress = (node, className) => { if (node.className !== className) node.className = className; };
  const svg = (text) => park.draw.element(text);
  map.cardTools = { put, dress, svg };

  /** A link in the look of a button. */
  const link = (map.cardLink = function (href, icon, words, className) {
    const made = el("a", `map-button ${className || ""}`.trim(), map.glyph(icon), words);
    made.href = href;
    return made;
  });

  const call = (map.cardCall = (phone, words) => phone && link(`tel:${phone.replace(/[^\d+]/g, "")}`, "telephone", words || phone));

  const head = (map.cardHead = function (view, title, ...more) {
    const close = map.button("map-card-close", "关闭", () => view.select(null), map.glyph("x-lg"));
    return el("header", "map-card-head", el("b", "", title), ...more, close);
  });

  const facts = (map.cardFacts = (pairs) =>
    el("dl", "map-facts", ...pairs.filter(([, value]) => value !== null && value !== undefined && value !== "").flatMap(([label, value]) => [el("dt", "", label), el("dd", "", value)])));

  const alarmsOf = (test) => (park.alarms ? park.alarms.list() : park.live.alarms).filter(test);

  /** The open alarms of one thing, each with its answer. */
  const alarmLines = (map.cardAlarms = function (test) {
    const box = el("div", "map-card-alarms");
    let drawn = "";
    const ages = new Map();
    function renew() {
      const list = alarmsOf(test).slice(0, 4);
      const look = list.map((one) => [one.id, one.level, one.state, one.kind, park.alarms && park.alarms.pending.has(one.id), Boolean(park.live.past)].join("/")).join();
      if (look !== drawn || box.childElementCount !== list.length) {
        drawn = look;
        ages.clear();
        box.replaceChildren(...list.map((alarm) => {
          const age = el("span", "map-alarm-age");
          ages.set(alarm.id, age);
          const words = el("a", `map-alarm-words level-${alarm.level}`, el("b", "", alarm.source_type === "vehicle" ? alarm.kind_word : `${alarm.name.split(" ").pop()} ${alarm.kind_word}`), ` ${alarm.state_word}`);
          words.href = `/alarms?id=${alarm.id}`;
          const canAnswer = park.alarms && park.alarms.isWaiting(alarm) && park.alarms.may("acknowledge");
          return el("div", "map-alarm", svg(park.draw.symbol(alarm.level, alarm.state)), words, age, canAnswer && park.alarms.confirmButton(alarm, `map-confirm level-${alarm.level}`));
        }));
        box.hidden = !list.length;
      }
      for (const alarm of list) put(ages.get(alarm.id), park.draw.duration((alarm.cleared || park.live.now()) - alarm.raised));
    }
    return { node: box, renew };
  });

  /* ---- Tank ---------------------------------------------------------------------------------------------------------- */

  function pointRow(point, isMain) {
    const number = el("b", "");
    const range = svg(park.draw.range({ low: point.range_low, high: point.range_high, ll: point.low_low, l: point.low, h: point.high, hh: point.high_high, width: 84 }));
    const node = el("div", "", el("span", "map-point-word", point.name.split(" ").pop() || point.word), el("span", "map-point-value", number, el("small", "", point.unit)), range);
    function renew(isOut) {
      const live = park.live.points.get(point.id);
      const isStale = map.isStale(point, park.live.now());
      const state = isOut || !live ? "" : isStale ? "stale" : live.s;
      put(number, live ? park.draw.number(live.v, point.decimals) : "—");
      dress(node, `map-point${isMain ? " main" : ""} ${isStale || isOut ? "stale" : TONE[state] || ""}`);
      park.draw.range.set(range, { value: live && !isOut ? live.v : null, state });
    }
    return { node, renew };
  }

  function tankCard(view, tank) {
    const firm = view.layer.by.enterprise.get(tank.enterprise_id);
    const level = tank.points.find((point) => point.quantity === "level");
    const share = (value) => (value === null || value === undefined ? null : value / tank.height_m);
    const limits = level ? { ll: share(level.low_low), l: share(level.low), h: share(level.high), hh: share(level.high_high) } : {};
    const drawing = svg(park.draw.tank({ shape: tank.shape, limits, width: 116, height: 136 }));
    const rows = tank.points.map((point) => pointRow(point, point === level));
    const alarms = alarmLines((alarm) => alarm.tank_id === tank.id);
    const chip = el("span", "map-chip");
    const age = el("span", "muted");
    const isOut = tank.state !== "in_service";
    const marks = [chip, tank.points.some((point) => point.simulated) && svg(park.draw.mark("simulated", "模拟"))];
    const node = el("div", "",
      head(view, `${tank.code} ${tank.name}`, ...marks),
      el("p", "map-card-sub", [firm && firm.name, tank.installation, `${tank.shape_word} ${park.draw.number(tank.volume_m3, 0)} m³`].filter(Boolean).join(" · ")),
      alarms.node,
      el("div", "map-tank", drawing, el("div", "map-points", ...rows.map((row) => row.node))),
      el("div", "map-card-foot", age),
      el("div", "map-buttons-row",
        view.definition.rights.tank && link(`/tanks?tank=${encodeURIComponent(tank.code)}`, "graph-up", "趋势与详情"),
        firm && firm.duty_phone && call(firm.duty_phone, "企业值班"),
      ),
    );

    function renew() {
      const now = park.live.now();
      const live = level && park.live.points.get(level.id);
      const isStale = !level || map.isStale(level, now);
      const alarm = alarmsOf((one) => one.tank_id === tank.id)[0];
      const state = map.tankState(tank, alarm, now);
      const word = isOut ? tank.state_word : alarm ? `${alarm.kind_word} ${alarm.state_word}` : state === "stale" ? "停更" : "正常";
      dress(chip, isOut ? "state-chip maintenance" : alarm ? `state-chip level-${alarm.level} ${alarm.state}` : state === "stale" ? "state-chip stale" : "map-chip");
      put(chip, word);
      park.draw.tank.set(drawing, {
        fraction: live ? share(live.v) : null, limits,
        broken: live && !isStale && !isOut ? BROKEN[live.s] || "" : "",
        state: isOut ? "maintenance" : isStale ? "stale" : "",
      });
      rows.forEach((row) => row.renew(isOut));
      alarms.renew();
      const last = Math.max(0, ...tank.points.map((point) => (park.live.points.get(point.id) || { t: 0 }).t));
      const until = isOut && tank.maintenance_until ? `检修至 ${park.draw.time(Date.parse(tank.maintenance_until))}` : "";
      put(age, until || (!last ? "没有数据" : state === "stale" ? `停更 ${park.draw.duration(now - last)}，末值 ${park.draw.time(last)}` : `更新于 ${park.draw.age(now - last)}`));
    }
    return { node, renew };
  }

  /* ---- Enterprise, camera, detector, place ------------------------------------------------------------------------------ */

  function enterpriseCard(view, firm) {
    const alarms = alarmLines((alarm) => alarm.enterprise_id === firm.id);
    const state = firm.state !== "running" && el("span", "state-chip level-2", firm.state_word);
    const tanks = view.definition.tanks.filter((tank) => tank.enterprise_id === firm.id);
    const node = el("div", "",
      head(view, firm.name, state),
      alarms.node,
      facts([
        ["类型", firm.kind], ["重大危险源", firm.hazards ? `${firm.hazards} 处` : "无"], ["储罐", tanks.length ? `${tanks.length} 座` : ""],
        ["监管等级", firm.grade ? `${firm.grade} 级` : ""], ["安全负责人", firm.contact], ["24 小时值班", firm.duty_phone],
      ]),
      el("div", "map-buttons-row", call(firm.duty_phone, "拨打值班电话"), tanks.length && view.definition.rights.tank && link(`/tanks?q=${encodeURIComponent(firm.short)}`, "database", "储罐监测")),
    );
    return { node, renew: alarms.renew };
  }

  function cameraCard(view, camera) {
    const inside = park.video && view.definition.rights.video ? park.video.card(camera, view.definition) : null;
    const node = el("div", "", head(view, camera.name), facts([["编码", camera.code]]), inside ? inside.node : el("p", "map-no-video", map.glyph("camera-video-off"), "没有“查看实时视频”权限。"));
    if (inside) node.append(el("div", "map-buttons-row", link(`/video?cam=${encodeURIComponent(camera.code)}`, "camera-video", "实时视频"), link(`/video?near=${camera.lon},${camera.lat}`, "grid", "附近四路")));
    return { node, renew: () => inside && inside.renew() };
  }

  function detectorCard(view, detector) {
    const row = pointRow(detector, true);
    const firm = view.layer.by.enterprise.get(detector.enterprise_id);
    const alarms = alarmLines((alarm) => alarm.source_type === "point" && alarm.source_id === detector.id);
    const age = el("span", "muted");
    const node = el("div", "", head(view, detector.name, detector.simulated && svg(park.draw.mark("simulated", "模拟"))), el("p", "map-card-sub", firm ? firm.name : ""), alarms.node, el("div", "map-points alone", row.node), el("div", "map-card-foot", age));
    function renew() {
      row.renew(false);
      alarms.renew();
      const live = park.live.points.get(detector.id);
      const late = live && map.isStale(detector, park.live.now());
      put(age, !live ? "没有数据" : late ? `停更，末值 ${park.draw.time(live.t)}` : `更新于 ${park.draw.age(park.live.now() - live.t)}`);
    }
    return { node, renew };
  }

  function placeCard(view, place) {
    return { node: el("div", "", head(view, place.name), facts([["位置", `${place.lon.toFixed(5)}°E ${place.lat.toFixed(5)}°N`]])), renew: () => {} };
  }

  const CARDS = {
    tank: tankCard, ent: enterpriseCard, cam: cameraCard, gas: detectorCard, place: placeCard,
    truck: (view, car) => park.vehicles.card(view, car, { isShort: true }),
  };

  map.card = function (element, view, found) {
    element.parkCard = null;
    element.hidden = !found;
    if (!found) { element.replaceChildren(); return; }
    const card = CARDS[found.kind](view, found.item);
    element.replaceChildren(card.node);
    element.parkCard = card;
    card.renew();
  };

  map.renewCard = function (element) {
    if (element.parkCard) element.parkCard.renew();
  };
})();
