/* 储罐监测: the cards or the table, what is filtered, and which tank is open. The head is 55-tanks-head.js, 汇总 55-tank-sums.js,
   平面图 56-tank-plan.js. */
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

  const DEFAULTS = { group: "area", only: "", q: "", view: "cards", tank: "", hours: 8, at: "" };

  /** Change the view; its address follows. */
  function go(change) {
    Object.assign(page.state, change);
    const told = Object.fromEntries(Object.entries(DEFAULTS).map(([name, usual]) => [name, page.state[name] === usual ? "" : page.state[name]]));
    if (!page.state.tank) told.hours = "";
    if (park.shell) park.shell.state(told);
    arrange();
    tanks.head.switches(page);
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
    if (page.state.view === "sums" && page.sums) page.sums.renew();
    if (page.state.view === "plan") tanks.plan.renew();
    tanks.head.counts(page);
    if (page.state.only && membership() !== page.membership) arrange();
  }

  function sparkOf(reading) {
    const values = reading.main && page.sparks && page.sparks.values.get(reading.main.point.id);
    return values ? { start: page.sparks.start, values } : null;
  }

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
    const isPlan = page.state.view === "plan";
    byId("tanks-plan").hidden = !isPlan;
    body.hidden = isPlan;
    if (isPlan) { tanks.plan.open(page, go, isWanted); body.replaceChildren(); }
    else if (page.state.view === "sums") arrangeSums(body);
    else if (page.state.view === "table") arrangeTable(body);
    else arrangeCards(body);
    if (!isPlan && !page.shown.size && !body.querySelector(".tank-sums")) body.replaceChildren(nothing());
    for (const id of page.shown.keys()) renew(id);
    tanks.head.counts(page);
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

  function arrangeSums(body) {
    const groups = grouped().map((group) => ({ ...group, tanks: group.tanks.filter(isWanted) })).filter((group) => group.tanks.length);
    page.sums = groups.length ? tanks.sums(groups, page, (name) => { byId("tanks-head").querySelector("input").value = name; go({ view: "cards", q: name }); }) : null;
    body.replaceChildren(...(page.sums ? [page.sums.node] : []));
    if (page.sums) page.sums.renew();
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
    tanks.head.counts(page);
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
    tanks.head.build(byId("tanks-head"), page, go);
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
    tanks.quality = new Map(Object.entries(found.quality).map(([id, wrong]) => [Number(id), wrong]));
    page.sparks = { start: found.start, values: new Map(found.ids.map((id, i) => [id, found.values[i]])) };
    renewAll();
  };
  pages.tank_plan = (definition) => { if (definition && page && page.root.isConnected) tanks.plan.mount(definition); };
  pages.tank_story = (story) => { if (story && page && page.root.isConnected) tanks.drawer.story(story); };
  pages.tank_drawn = (drawn) => { if (drawn && page && page.root.isConnected) tanks.drawer.drawn(drawn); };
})();
