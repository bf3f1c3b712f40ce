/* 储罐监测: the head with its counts and switches, the cards or the table, what is filtered, and which tank is open. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const client = (window.dash_clientside = window.dash_clientside || {});
  const pages = (client.park_pages = client.park_pages || window.park_pages || {});
  window.park_pages = pages;
  const { draw } = park;
  const tanks = (park.tanks = park.tanks || {});
  const byId = (id) => document.getElementById(id);

  const SPARKS_EVERY_MS = 60000;
  const CARD_WIDTH = 340;
  const GAP = 12;

  let page = null; // the page that is open: definitions, state of the view, cards by tank id

  /* ---- State of the view ------------------------------------------------------------------------------------------ */

  const DEFAULTS = { group: "area", only: "", q: "", view: "cards", tank: "", hours: 8 };

  /** Change the view; its address follows. */
  function go(change) {
    Object.assign(page.state, change);
    const told = Object.fromEntries(Object.entries(DEFAULTS).map(([name, usual]) => [name, page.state[name] === usual ? "" : page.state[name]]));
    if (!page.state.tank) told.hours = "";
    if (park.shell) park.shell.state(told);
    arrange();
    drawSwitches();
  }

  const find = (code) => page.tanks.find((tank) => tank.code === code) || null;

  /** Open a tank beside the list, or close it with null. */
  function open(tank) {
    const before = page.state.tank;
    go({ tank: tank ? tank.code : "" });
    byId("tanks").classList.toggle("has-open", Boolean(tank));
    tanks.drawer.show(tank);
    for (const code of [before, page.state.tank]) if (code && find(code)) renew(find(code).id);
    if (tank) requestAnimationFrame(keepInSight);
    else if (before) { const card = find(before) && page.shown.get(find(before).id); if (card) card.node.focus({ preventScroll: true }); }
  }
  tanks.open = open;

  function keepInSight() {
    const tank = page && page.state.tank && find(page.state.tank);
    const shown = tank && page.shown.get(tank.id);
    if (shown) shown.node.scrollIntoView({ block: "nearest" });
  }

  /** The tank before or after this one, in the order of the list. */
  tanks.neighbour = function (tank, step) {
    const order = [...page.shown.keys()];
    const codes = order.length ? order.map((id) => page.byId.get(id)) : page.tanks;
    const place = codes.indexOf(tank);
    return codes.length > 1 ? codes[(place + step + codes.length) % codes.length] : null;
  };

  /* ---- Reading ---------------------------------------------------------------------------------------------------- */

  function readAll() {
    const now = park.live.now();
    for (const tank of page.tanks) page.readings.set(tank.id, tanks.read(tank, page.alarms.get(tank.id) || [], now));
  }

  function renew(id) {
    const now = park.live.now();
    const tank = page.byId.get(id);
    const reading = tanks.read(tank, page.alarms.get(id) || [], now);
    page.readings.set(id, reading);
    const shown = page.shown.get(id);
    if (shown) shown.renew(reading, now, sparkOf(reading), page.state.tank === tank.code);
    if (page.state.tank === tank.code) tanks.drawer.renew(reading, now);
  }

  function renewAll() {
    for (const tank of page.tanks) renew(tank.id);
    drawCounts();
    if (page.state.only && membership() !== page.membership) arrange();
  }

  function sparkOf(reading) {
    const values = reading.main && page.sparks && page.sparks.values.get(reading.main.point.id);
    return values ? { start: page.sparks.start, values } : null;
  }

  /* ---- Head ------------------------------------------------------------------------------------------------------- */

  const COUNTS = [
    ["urgent", "高高/低低", "level-1"],
    ["important", "高/低", "level-2"],
    ["stale", "停更", "stale"],
    ["maintenance", "检修", "maintenance"],
    ["simulated", "模拟", "simulated-count"],
    ["normal", "正常", "normal"],
  ];

  function shape(kind) {
    const circle = '<svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true"><circle class="count-ring" cx="10" cy="10" r="8"/></svg>';
    const square = '<svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true"><rect class="count-square" x="2" y="2" width="16" height="16" rx="2"/></svg>';
    return { stale: circle, maintenance: draw.wrench(18), simulated: square }[kind] || "";
  }

  function buildHead(box) {
    const areSimulated = page.tanks.some((tank) => tank.points.some((point) => point.simulated));
    const buttons = COUNTS.filter(([kind]) => kind !== "simulated" || areSimulated).map(([kind, words, tone]) =>
      `<button type="button" class="count ${tone}" data-only="${kind}"><span class="count-shape">${shape(kind)}</span><span>${words}</span> <b>0</b></button>`);
    box.className = "tanks-head";
    box.innerHTML =
      `<div class="online"><b></b><span></span> 在线</div><div class="counts">${buttons.join("")}</div><span class="grow"></span>` +
      '<div class="segments"><button type="button" data-group="area">按罐区</button><button type="button" data-group="enterprise">按企业</button><button type="button" data-only="abnormal">只看异常 <b>0</b></button></div>' +
      '<div class="segments"><button type="button" data-view="cards">卡片</button><button type="button" data-view="table">表格</button></div>' +
      '<label class="tanks-search"><i class="bi bi-search" aria-hidden="true"></i><input type="search" class="input" maxlength="60" placeholder="罐号、介质、企业" aria-label="搜索罐号、介质、企业"></label>';
    const search = box.querySelector("input");
    search.value = page.state.q;
    let timer = 0;
    search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => page && go({ q: search.value.trim() }), 150); });
    box.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      const { group, only, view } = button.dataset;
      if (group) go({ group });
      if (view) go({ view });
      if (only) go({ only: page.state.only === only ? "" : only });
    });
    page.symbols = { urgent: tanks.symbolSlot(box.querySelector('[data-only="urgent"] .count-shape'), 22), important: tanks.symbolSlot(box.querySelector('[data-only="important"] .count-shape'), 22) };
    drawSwitches();
  }

  function drawSwitches() {
    for (const button of byId("tanks-head").querySelectorAll("button")) {
      const { group, only, view } = button.dataset;
      const isOn = group ? page.state.group === group : view ? page.state.view === view : page.state.only === only;
      button.classList.toggle("on", isOn);
      button.setAttribute("aria-pressed", String(isOn));
    }
  }

  function drawCounts() {
    const box = byId("tanks-head");
    const readings = [...page.readings.values()];
    const count = (kind) => readings.filter((reading) => reading.kinds.has(kind)).length;
    const online = readings.filter(isOnline).length;
    tanks.put(box.querySelector(".online b"), String(online));
    tanks.put(box.querySelector(".online span"), `/${readings.length}`);
    box.querySelector(".online").classList.toggle("less", online < readings.length);
    for (const button of box.querySelectorAll("[data-only]")) {
      const kind = button.dataset.only;
      const number = count(kind);
      tanks.put(button.querySelector("b"), String(number));
      button.classList.toggle("none", !number);
      if (page.symbols[kind]) {
        const waits = readings.some((reading) => reading.kinds.has(kind) && reading.alarm.state === "unacknowledged");
        const alarm = { level: kind === "urgent" ? 1 : 2, state: waits ? "unacknowledged" : "acknowledged" };
        page.symbols[kind](tanks.symbolLook(alarm), alarm);
      }
    }
    for (const group of page.groups || []) {
      const mine = group.tanks.map((tank) => page.readings.get(tank.id));
      const there = mine.filter(isOnline).length;
      tanks.put(group.online, `${there}/${mine.length} 在线`);
      tanks.dress(group.online, there < mine.length ? "less" : "");
    }
  }

  const isOnline = (reading) => !reading.silent && !reading.isOut;

  /* ---- List ------------------------------------------------------------------------------------------------------- */

  const fold = (text) => text.toLowerCase().replace(/[\s-]/g, "");

  function isWanted(tank) {
    const { only, q } = page.state;
    if (only && !page.readings.get(tank.id).kinds.has(only)) return false;
    return !q || tank.searched.includes(fold(q));
  }

  /** Which tanks the filter lets through, to see when that changes. */
  const membership = () => page.tanks.filter(isWanted).map((tank) => tank.id).join();

  /** [{key, name, note, tanks}] in the order of the first tank of each. */
  function grouped() {
    const found = new Map();
    for (const tank of page.tanks) {
      const enterprise = page.enterprises[tank.enterprise];
      const byArea = page.state.group === "area";
      const key = byArea ? tank.installation : tank.enterprise;
      const name = byArea ? page.installations[tank.installation].name : enterprise.name;
      if (!found.has(key)) found.set(key, { key, name, note: byArea ? enterprise.name : "", tanks: [] });
      found.get(key).tanks.push(tank);
    }
    return [...found.values()];
  }

  /** Put the cards or rows that are wanted in their groups; each keeps its element. */
  function arrange() {
    const body = byId("tanks-body");
    page.membership = membership();
    page.groups = [];
    page.shown = new Map();
    body.className = `tanks-body ${page.state.view}`;
    if (page.state.view === "table") arrangeTable(body); else arrangeCards(body);
    if (!page.shown.size) body.replaceChildren(nothing());
    for (const id of page.shown.keys()) renew(id);
    drawCounts();
  }

  function part(tank, made, make) {
    if (!made.has(tank.id)) made.set(tank.id, make(tank));
    page.shown.set(tank.id, made.get(tank.id));
    return made.get(tank.id).node;
  }

  function arrangeCards(body) {
    const columns = columnCount(body);
    const sections = [];
    for (const group of grouped()) {
      const cards = group.tanks.filter(isWanted);
      if (!cards.length) continue;
      const section = draw.element(
        `<section class="tank-group"><h3>${draw.escape(group.name)} <small>${draw.escape(group.note)}</small> <small class="group-online"><span></span></small></h3><div class="group-cards"></div></section>`);
      section.style.setProperty("--span", Math.min(cards.length, columns));
      section.size = cards.length;
      section.lastChild.append(...cards.map((tank) => part(tank, page.cards, tanks.card)));
      page.groups.push({ ...group, online: section.querySelector(".group-online span") });
      sections.push(section);
    }
    body.style.setProperty("--columns", columns);
    page.columns = columns;
    body.replaceChildren(...sections);
  }

  function columnCount(body) {
    return Math.max(1, Math.floor((body.clientWidth - 2 * GAP + GAP) / (CARD_WIDTH + GAP)));
  }

  /** When the width changes only the spans change; the cards stay where they are. */
  function refit() {
    const body = byId("tanks-body");
    if (!page || !body || page.state.view !== "cards") return;
    const columns = columnCount(body);
    if (columns === page.columns) return;
    page.columns = columns;
    body.style.setProperty("--columns", columns);
    for (const section of body.querySelectorAll(".tank-group")) section.style.setProperty("--span", Math.min(section.size, columns));
    keepInSight();
  }

  function arrangeTable(body) {
    const rows = grouped().flatMap((group) => group.tanks.filter(isWanted));
    const facts = (tank) => ({ enterprise: page.enterprises[tank.enterprise].short, installation: page.installations[tank.installation].name });
    const table = draw.element(`<table class="tank-table"><thead>${tanks.tableHead()}</thead><tbody></tbody></table>`);
    table.tBodies[0].append(...rows.map((tank) => part(tank, page.rows, (one) => tanks.tableRow(one, facts(one)))));
    body.replaceChildren(table);
  }

  function nothing() {
    const words = page.tanks.length ? "没有符合条件的储罐" : "您的数据范围内还没有储罐";
    const node = draw.element(`<div class="tanks-nothing"><b>${words}</b></div>`);
    if (page.tanks.length) {
      const reset = draw.element('<button type="button" class="button">清除条件</button>');
      reset.addEventListener("click", () => { byId("tanks-head").querySelector("input").value = ""; go({ only: "", q: "" }); });
      node.append(reset);
    }
    return node;
  }

  /* ---- Person ----------------------------------------------------------------------------------------------------- */

  function onPick(event) {
    const node = event.target.closest("[data-code]");
    if (!node || (event.type === "keydown" && event.key !== "Enter" && event.key !== " ")) return;
    if (event.type === "keydown") event.preventDefault();
    const tank = find(node.dataset.code);
    open(page.state.tank === tank.code && event.type === "click" ? null : tank);
  }

  function onKey(event) {
    if (!page || !page.root.isConnected) { document.removeEventListener("keydown", onKey); return; }
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("details[open].person")) return;
    if (event.target.matches && event.target.matches("input, textarea") && event.target.value) return;
    if (page.state.tank) open(null);
  }

  /* ---- Begin ------------------------------------------------------------------------------------------------------ */

  function takeAlarms(list) {
    const found = new Map();
    for (const alarm of list) {
      if (!alarm.tank_id) continue;
      if (!found.has(alarm.tank_id)) found.set(alarm.tank_id, []);
      found.get(alarm.tank_id).push(alarm);
    }
    const changed = new Set([...page.alarms.keys(), ...found.keys()]);
    // An alarm that lasts leads before one that is over, whatever somebody has answered.
    for (const mine of found.values()) mine.sort((a, b) => a.level - b.level || Boolean(a.cleared) - Boolean(b.cleared));
    page.alarms = found;
    for (const id of changed) if (page.byId.has(id)) renew(id);
    if (!page.root.isConnected) return;
    drawCounts();
    if (page.state.only && membership() !== page.membership) arrange();
    tanks.drawer.alarms();
  }

  function askSparks() {
    page.askedAt = Date.now();
    client.set_props("tanks-ask-sparks", { data: { past: park.live.pastAt(), key: page.askedAt } });
  }

  function start(facts) {
    const root = byId("tanks");
    if (!root || !byId("tanks-body") || !park.live || !client.set_props) { setTimeout(start, 50, facts); return; }
    if (page && page.root === root) return;
    page = {
      ...facts, root, state: { ...facts.state }, byId: new Map(facts.tanks.map((tank) => [tank.id, tank])), byPoint: new Map(),
      alarms: new Map(), readings: new Map(), cards: new Map(), rows: new Map(), shown: new Map(), sparks: null, groups: [], membership: "",
    };
    for (const tank of page.tanks) {
      const enterprise = page.enterprises[tank.enterprise];
      tank.searched = fold([tank.code, tank.name, tank.medium, tank.cas, enterprise.name, enterprise.short, page.installations[tank.installation].name].join("\n"));
      for (const point of tank.points) page.byPoint.set(point.id, tank.id);
    }
    tanks.drawer.mount(page);
    readAll();
    buildHead(byId("tanks-head"));
    arrange();
    const body = byId("tanks-body");
    body.addEventListener("click", onPick);
    body.addEventListener("keydown", onPick);
    new ResizeObserver(refit).observe(body);
    document.addEventListener("keydown", onKey);
    const watch = park.alarms && park.alarms.watch ? park.alarms.watch : park.live.attach;
    watch(root, {
      alarms: takeAlarms,
      points(ids) {
        const touched = ids ? new Set(ids.map((id) => page.byPoint.get(id)).filter(Boolean)) : page.byId.keys();
        for (const id of touched) renew(id);
        tanks.drawer.points(ids);
      },
      tick() {
        renewAll();
        tanks.drawer.tick();
        if (Date.now() - page.askedAt > SPARKS_EVERY_MS) askSparks();
      },
    });
    askSparks();
    document.addEventListener("park:past", function turned() {
      if (!root.isConnected) { document.removeEventListener("park:past", turned); return; }
      askSparks();
      tanks.drawer.again();
    });
    const wanted = page.state.tank && find(page.state.tank);
    if (wanted) open(wanted);
    else if (page.state.tank) { if (park.shell) park.shell.show({ kind: "info", text: `没有找到储罐 ${page.state.tank}，或不在您的数据范围内。` }); go({ tank: "" }); }
  }

  pages.tanks = (facts) => { if (facts) start(facts); return client.no_update; };
  pages.tank_sparks = (found) => {
    if (!found || !page || !page.root.isConnected) return;
    page.sparks = { start: found.start, values: new Map(found.ids.map((id, i) => [id, found.values[i]])) };
    renewAll();
  };
  pages.tank_story = (story) => { if (story && page && page.root.isConnected) tanks.drawer.story(story); };
  pages.tank_drawn = (drawn) => { if (drawn && page && page.root.isConnected) tanks.drawer.drawn(drawn); };
})();
