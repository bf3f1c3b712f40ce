/* Hazmat vehicles: words of their state, the card, and the list of 车辆监控. The page itself is 67-vehicles-page.js. */
(function () {
  "use strict";
  const park = window.park;
  const map = park.map;
  const el = map.element;
  const vehicles = (park.vehicles = {});
  const { put, dress, svg } = map.cardTools;

  const COMPASS = ["北", "东北", "东", "东南", "南", "西南", "西", "西北"];
  const STATE_WORDS = { run: "行驶", stop: "停车", off: "离线", warn: "报警", sos: "SOS" };

  vehicles.direction = (degrees) => `向${COMPASS[Math.round(degrees / 45) % 8]}`;
  vehicles.load = (car) => (car.load_t ? `${car.medium || "载货"} ${car.load_t} t` : "空车");
  vehicles.STATE_WORDS = STATE_WORDS;

  /** Everything about one vehicle now: {car, fix, alarm, state}. `alarms` is map.vehicleAlarms(), made once for many. */
  vehicles.about = function (car, alarms, now) {
    const fix = park.live.vehicles.get(car.id);
    const alarm = alarms.get(car.id);
    return { car, fix, alarm, state: map.vehicleState(fix, alarm, now) };
  };

  /** The second line of a row: what it does or did. */
  vehicles.doing = function ({ car, fix, alarm, state }) {
    if (alarm && (state === "sos" || state === "warn")) return map.offence(alarm, fix);
    if (!fix) return "没有定位";
    if (state === "off") return `末位 ${park.draw.time(fix.t)}`;
    if (!fix.fixed) return "未定位，显示最后位置";
    return state === "run" ? `行驶 ${vehicles.direction(fix.heading)}` : "停车";
  };

  /** The symbol of a vehicle as an element that can be changed: {node, set(state, heading)}. */
  vehicles.symbol = function (size) {
    const canvas = document.createElement("canvas");
    const ratio = window.devicePixelRatio || 1;
    canvas.width = canvas.height = size * ratio;
    canvas.style.width = canvas.style.height = `${size}px`;
    canvas.setAttribute("aria-hidden", "true");
    let drawn = "";
    return {
      node: canvas,
      set(state, heading) {
        const look = `${state}/${state === "stop" ? 0 : Math.round(heading / 5)}/${document.documentElement.dataset.theme}`;
        if (look === drawn) return;
        drawn = look;
        const g = canvas.getContext("2d");
        g.setTransform(ratio, 0, 0, ratio, 0, 0);
        g.clearRect(0, 0, size, size);
        map.symbols.vehicle(g, size / 2, size / 2, state, heading, size / 34);
      },
    };
  };

  vehicles.chip = function (node, { alarm, state }) {
    const isAlarm = alarm && (state === "sos" || state === "warn");
    dress(node, isAlarm ? `state-chip level-${alarm.level} ${alarm.state}` : state === "off" ? "state-chip stale" : "map-chip");
    const kind = alarm && alarm.kind === "sos" ? "SOS" : alarm && alarm.kind_word;
    put(node, isAlarm ? `${kind} ${alarm.state_word}` : STATE_WORDS[state]);
  };

  const figure = (label, unit) => {
    const value = el("b", "");
    return { node: el("div", "map-figure", el("span", "muted", label), el("div", "", value, el("small", "", unit))), set: (text) => put(value, text) };
  };

  /** The vehicle's own limit; and before it the lower one of the area where it speeds. */
  function limitWords({ car, alarm }) {
    const here = alarm && alarm.kind === "overspeed" && !alarm.cleared && alarm.limit && alarm.limit < car.limit ? alarm.limit : 0;
    return here ? `所在区域 ${Math.round(here)} km/h，本车 ${car.limit} km/h` : `本车 ${car.limit} km/h`;
  }

  /** The card of one vehicle. `isShort` is the one on the map of everything, with a link to 车辆监控. */
  vehicles.card = function (view, car, options) {
    const chip = el("span", "map-chip");
    const age = el("span", "muted map-card-age");
    const speed = figure("速度", "km/h");
    const heading = figure("航向", "°");
    const mileage = figure("里程", "km");
    const alarms = map.cardAlarms((alarm) => alarm.source_type === "vehicle" && alarm.source_id === car.id);
    const facts = el("div", "");
    const buttons = el("div", "map-buttons-row");
    const limit = el("span", "");
    let detail = null;

    function tell(more) {
      detail = more || detail;
      const phone = detail && detail.tel ? el("a", "", car.phone) : car.phone;
      if (phone.href !== undefined) phone.href = `tel:${detail.tel}`;
      const cargo = [car.medium, car.un && (/^un/i.test(car.un) ? car.un : `UN ${car.un}`)].filter(Boolean).join(" ");
      facts.replaceChildren(map.cardFacts([
        ["介质", el("span", "", cargo || "—", ` · ${car.load_t ? `${car.load_t} t` : "空车"}`)],
        ["驾驶员", car.driver ? el("span", "", `${car.driver} `, phone) : ""],
        ["押运员", detail && detail.escort],
        ["运输企业", detail ? detail.carrier : car.carrier],
        ["限速", limit],
        ["终端", detail && (detail.terminal ? [detail.terminal.phone, detail.terminal.protocol && `JT/T 808-${detail.terminal.protocol}`, detail.terminal.state_word].filter(Boolean).join(" · ") : "未绑定")],
      ]));
      mileage.set(detail && detail.mileage_km !== null ? park.draw.number(detail.mileage_km, 0) : "—");
      buttons.replaceChildren(...(options.isShort
        ? [map.cardLink(`/vehicles?plate=${encodeURIComponent(car.plate)}`, "truck", "车辆监控")]
        : [map.cardCall(detail && detail.tel, "驾驶员"), map.cardCall(detail && detail.carrier_tel, "运输企业"), ...(options.buttons || [])].filter(Boolean)));
    }

    const node = el("div", "",
      map.cardHead(view, car.plate, chip, car.simulated && svg(park.draw.mark("simulated", "模拟")), age),
      alarms.node,
      el("div", "map-figures", speed.node, heading.node, ...(options.isShort ? [] : [mileage.node])),
      facts, ...(options.more || []), buttons);

    function renew() {
      const now = park.live.now();
      const about = vehicles.about(car, map.vehicleAlarms(), now);
      vehicles.chip(chip, about);
      const { fix, state } = about;
      speed.set(fix && state !== "off" ? park.draw.number(fix.speed, 0) : "—");
      heading.set(fix && state !== "off" ? String(Math.round(fix.heading)) : "—");
      dress(speed.node, `map-figure ${state === "warn" && about.alarm.kind === "overspeed" ? "level-2" : ""}`);
      put(age, fix ? park.draw.age(now - fix.t) : "没有定位");
      put(limit, limitWords(about));
      alarms.renew();
    }
    tell(null);
    return { node, renew, tell };
  };

  /* ---- The list -------------------------------------------------------------------------------------------------------- */

  const ORDER = { sos: 0, warn: 1, run: 2, stop: 3, off: 4 };
  vehicles.TABS = [
    ["all", "全部", () => true],
    ["alarm", "报警", ({ state }) => state === "sos" || state === "warn"],
    ["run", "行驶", ({ state }) => state === "run"],
    ["stop", "停车", ({ state }) => state === "stop"],
    ["off", "离线", ({ state }) => state === "off"],
  ];

  /** One row: symbol, plate, what it does, cargo; speed and age at the right. */
  vehicles.row = function (car, onPick) {
    const symbol = vehicles.symbol(28);
    const doing = el("span", "car-doing");
    const speed = el("b", "");
    const age = el("small", "");
    const node = el("button", "car-row",
      symbol.node,
      el("span", "car-words", el("b", "", car.plate), doing, el("span", "car-load", `${vehicles.load(car)} · ${car.carrier}`)),
      el("span", "car-now", speed, age));
    node.type = "button";
    node.dataset.plate = car.plate;
    node.addEventListener("click", () => onPick(car));
    return {
      node,
      renew(about, isPicked, now) {
        const { fix, state, alarm } = about;
        symbol.set(state, fix ? fix.heading : 0);
        put(doing, vehicles.doing(about));
        put(speed, state === "off" ? "离线" : `${Math.round(fix.speed)} km/h`);
        const isAlarm = state === "sos" || state === "warn";
        put(age, isAlarm ? park.draw.duration(now - alarm.raised) : fix ? park.draw.age(now - fix.t) : "");
        dress(node, `car-row ${state}${isAlarm && alarm.state !== "unacknowledged" ? " answered" : ""}${isPicked ? " picked" : ""}`);
        if (node.getAttribute("aria-pressed") !== String(isPicked)) node.setAttribute("aria-pressed", String(isPicked));
      },
    };
  };

  /** All vehicles in the order of the list: help first, then offences, moving, standing, gone. */
  vehicles.sorted = function (cars) {
    const now = park.live.now();
    const alarms = map.vehicleAlarms();
    return cars
      .map((car) => vehicles.about(car, alarms, now))
      .sort((a, b) => ORDER[a.state] - ORDER[b.state] || (a.alarm && b.alarm ? b.alarm.raised - a.alarm.raised : 0) || a.car.plate.localeCompare(b.car.plate, "zh"));
  };
})();
