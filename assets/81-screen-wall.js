/* What keeps a wall alive for weeks: the veil over old values, the heart-beat, the rotation and what interrupts it, sound, the nightly
 * reload, the cursor that goes away. Ages come from the server's time (park.live.now), never from this machine's clock.
 */
(function () {
  "use strict";
  const park = window.park;
  const { screen, live, draw } = park;
  const { el, put } = screen;
  const asked = new URL(location.href).searchParams;

  const SILENT_MS = 10000; // the server says something every 5 s
  const INGEST_MS = 30000; // a role's sign of life may be 20 s old
  const BEAT_MS = 10000;
  const FIGURES_MS = 30000;
  const FACTS_MS = 300000;
  const MEMORY_MB = 900;
  const CURSOR_MS = 3000;
  const UP_MS = 2 * 3600000; // a page that has just been loaded is not loaded again at night
  const openedAt = performance.now();

  /* ---- Whether what stands here is true ----------------------------------------------------------------------------- */

  /** {state: live|connecting|stale, since, why}: stale when nobody speaks, or when what is spoken is old. */
  screen.truth = function () {
    const { at } = live.status;
    const now = live.now();
    if (!at) return { state: performance.now() - openedAt > SILENT_MS ? "stale" : "connecting", since: 0, why: "连不上服务器" };
    if (now - at > SILENT_MS) return { state: "stale", since: at, why: "与服务器的实时连接中断" };
    const { health } = live;
    if (health && health.database === false) return { state: "stale", since: live.brokenAt || at, why: "数据库没有应答" };
    if (health && health.ingest === false && health.ingest_at && now - health.ingest_at > INGEST_MS) return { state: "stale", since: health.ingest_at, why: "数据接入中断" };
    return { state: "live", since: 0, why: "" };
  };

  const veil = { why: el("p", ""), age: el("b", "screen-lapse"), last: el("p", ""), call: el("p", "screen-call") };
  const title = el("h2", "");
  screen.veil.append(el("div", "screen-veil-box", title, veil.age, veil.last, el("p", "screen-warning", "画面数值不可用于判断"), veil.why, veil.call));

  function drawVeil() {
    const truth = screen.truth();
    const isOver = truth.state !== "live";
    const { health } = live;
    if (health && health.database === false) live.brokenAt = live.brokenAt || live.now();
    else live.brokenAt = 0;
    screen.veil.hidden = !isOver;
    document.documentElement.classList.toggle("screen-dead", isOver);
    if (!isOver) return;
    put(title, truth.state === "connecting" ? "正在连接" : "数据中断");
    put(veil.age, truth.since ? draw.duration(live.now() - truth.since) : "—");
    put(veil.last, [truth.since ? `最后数据 ${draw.time(truth.since)}` : "尚未收到数据", live.tries ? `正在重连 第 ${live.tries} 次` : ""].filter(Boolean).join("　"));
    put(veil.why, truth.state === "connecting" ? "正在读取实时数据" : truth.why);
    const phone = JSON.parse(document.getElementById("park-config").textContent).dutyPhone;
    put(veil.call, `请看值班台${phone ? `或电话核实　值班室 ${phone}` : "核实"}`);
  }

  /* ---- Rotation ----------------------------------------------------------------------------------------------------- */

  const allowed = screen.config.all.map((one) => one.screen);
  const wish = asked.get("rotate") || "";
  const turns = (wish === "all" ? allowed.filter((name) => name !== "incident") : wish.split(",")).filter((name) => allowed.includes(name));
  const order = turns.length ? turns : [screen.config.name]; // what this wall shows when nothing interrupts it
  const EVERY_MS = 1000 * Math.max(5, Math.min(3600, Number(asked.get("every")) || 30));
  const LINGER_MS = 8000; // so long the alarm that was just confirmed is still seen
  let place = Math.max(0, order.indexOf(screen.config.name));
  let turnedAt = performance.now();
  let wanted = order[place];
  let urgentAt = -LINGER_MS;

  const urgent = () => live.alarms.filter((alarm) => alarm.level === 1 && alarm.state === "unacknowledged");

  /** The screen on which an urgent alarm is seen best, of those that this wall may show; else the one that stands there. */
  function bestFor(alarm) {
    const best = alarm.source_type === "vehicle" ? "vehicles" : alarm.tank_id ? "tanks" : "park";
    return [best, "park"].find((name) => allowed.includes(name)) || order[place];
  }

  /** What stands before anything that this wall is there for, whether it rotates or not: an open incident until it is ended, then an
   *  urgent alarm until somebody confirms it; empty when there is neither. During an incident the band still says what else is urgent. */
  function interruption() {
    if (allowed.includes("incident") && screen.interrupting()) return "incident";
    const [worst] = urgent();
    if (!worst) return performance.now() - urgentAt < LINGER_MS && wanted !== "incident" ? wanted : "";
    urgentAt = performance.now();
    return bestFor(worst);
  }

  function turn() {
    const instead = interruption();
    if (instead) turnedAt = performance.now();
    else if (order.length > 1 && performance.now() - turnedAt > EVERY_MS) {
      place = (place + 1) % order.length;
      turnedAt = performance.now();
    }
    wanted = instead || order[place];
    bring();
  }

  let bringing = "";
  /** Show the wanted screen once what stands on it is known. */
  async function bring() {
    if ((screen.shown && screen.shown.name === wanted) || bringing === wanted) return;
    const name = (bringing = wanted);
    try {
      await screen.renew(name, false);
      if (name === wanted) screen.show(name);
    } catch (error) {
      console.warn("screen", name, error.message); // asked again at the next tick
      await new Promise((done) => setTimeout(done, 2000));
    } finally { bringing = ""; }
  }

  /* ---- The band of an urgent alarm ---------------------------------------------------------------------------------- */

  const band = { symbol: el("span", ""), what: el("b", "screen-what"), where: el("span", "screen-where"), more: el("span", "screen-more"), age: el("b", "screen-age") };
  screen.band.append(band.symbol, el("div", "screen-words", band.what, band.where), el("div", "screen-state", el("b", "", "紧急 未确认"), band.more), band.age);
  band.symbol.innerHTML = draw.symbol(1, { state: "unacknowledged", size: 84, inverted: true });

  function drawBand() {
    const list = urgent();
    if (screen.band.hidden !== !list.length) { screen.band.hidden = !list.length; screen.place(); }
    if (!list.length) return;
    const [alarm] = list;
    put(band.what, screen.titleOf(alarm));
    put(band.where, [alarm.place, park.alarms.valueText(alarm), park.alarms.limitText(alarm)].filter((one) => one && one !== "—").join(" · "));
    put(band.more, list.length > 1 ? `另有 ${list.length - 1} 条紧急报警未确认` : "请在值班台确认");
    put(band.age, park.alarms.age(alarm));
  }

  /* ---- Sound -------------------------------------------------------------------------------------------------------- */

  const CALLING_MS = 60000; // an incident lasts for hours, its sound does not
  const called = { incident: null, at: 0 };

  /** Whether an incident has come just now. */
  function isCalling() {
    const incident = allowed.includes("incident") ? screen.interrupting() : null;
    if (called.incident !== incident) Object.assign(called, { incident, at: performance.now() });
    return Boolean(incident) && performance.now() - called.at < CALLING_MS;
  }

  function ring() {
    const isNew = isCalling();
    if (!park.tones.isRunning()) return;
    const { state } = screen.truth();
    park.tones.sound(state === "stale" ? "lost" : state === "live" && (urgent().length || isNew) ? "urgent" : "");
  }
  const unlock = () => park.tones.unlock(ring);
  for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, unlock, true);
  unlock();

  /* ---- Heart-beat ---------------------------------------------------------------------------------------------------- */

  const newSeat = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  function seatOf() {
    try {
      const kept = sessionStorage.getItem("park.screen.seat") || newSeat();
      sessionStorage.setItem("park.screen.seat", kept); // a reload stays the same window
      return kept;
    } catch (error) { return newSeat(); }
  }
  const seat = seatOf();
  let memory = null; // MB; asked for with the heart-beat, it is dear
  let beatAt = performance.now() - BEAT_MS + 3000; // the first one when data have come
  let heardBeat = false;
  let isOld = false;

  async function beat() {
    beatAt = performance.now();
    memory = performance.memory ? Math.round(performance.memory.usedJSHeapSize / 1048576) : null;
    const said = {
      seat, showing: screen.shown ? screen.shown.name : wanted, state: screen.truth().state, width: Math.round(window.innerWidth * devicePixelRatio), height: Math.round(window.innerHeight * devicePixelRatio),
      version: screen.config.version, clock_off_s: Math.round((Date.now() - live.now()) / 1000), memory_mb: memory, figures: screen.tally ? screen.tally() : {},
    };
    try {
      const answer = await live.fetch(`/screen/${screen.config.name}/beat`, { method: "POST", body: JSON.stringify(said), headers: { "Content-Type": "application/json" } });
      heardBeat = answer.ok;
      if (!answer.ok) return;
      const { version, setting } = await answer.json();
      isOld = version !== screen.config.version || setting !== screen.config.setting;
    } catch (error) { heardBeat = false; }
  }

  /* ---- Loading anew --------------------------------------------------------------------------------------------------- */

  let loading = false;
  /** Load the page anew, but only when the server has a page to give: what stands here is better than the browser's error. */
  async function reload() {
    if (loading) return;
    loading = true;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
      if (answer.status < 500) { location.replace(location.href); return; }
    } catch (error) { /* later */ }
    setTimeout(() => { loading = false; }, 5000);
  }
  document.addEventListener("park:refused", reload);

  const minuteOf = new Intl.DateTimeFormat("en-GB", { timeZone: JSON.parse(document.getElementById("park-config").textContent).timeZone, hour12: false, hour: "2-digit", minute: "2-digit" });
  const ownMinute = parseInt(seat.slice(0, 4), 16) % 30; // walls of one park do not all ask in the same minute

  function night() {
    if (urgent().length || screen.interrupting() || screen.truth().state !== "live") return;
    const up = performance.now() - openedAt;
    const [hour, minute] = minuteOf.format(live.now()).split(":").map(Number);
    const isNight = hour === screen.config.reloadHour && minute >= ownMinute && up > UP_MS;
    if (isNight || (isOld && up > 30000) || (memory || 0) > MEMORY_MB) reload();
  }

  /* ---- Cursor, foot --------------------------------------------------------------------------------------------------- */

  let still = setTimeout(() => {}, 0);
  function rest() {
    document.documentElement.classList.remove("screen-still");
    clearTimeout(still);
    still = setTimeout(() => document.documentElement.classList.add("screen-still"), CURSOR_MS);
  }
  document.addEventListener("pointermove", rest);
  rest();

  const foot = { left: el("span", ""), right: el("span", "") };
  screen.foot.append(foot.left, foot.right);
  const up = () => { const hours = Math.floor((performance.now() - openedAt) / 3600000); return hours >= 24 ? `${Math.floor(hours / 24)} 天 ${hours % 24} 时` : hours ? `${hours} 时` : `${Math.floor((performance.now() - openedAt) / 60000)} 分`; };
  function drawFoot() {
    put(foot.left, [screen.config.wall, screen.config.place, park.tones.isRunning() ? "" : "声音未开启，在本机点一下画面即可开启"].filter(Boolean).join("　"));
    const way = { push: "实时", poll: "轮询", down: "中断", connecting: "连接中" }[live.status.mode];
    put(foot.right, `画面 ${screen.shown ? screen.shown.name : "—"}　${heardBeat ? "心跳正常" : "心跳未到"}　连接 ${way}　已运行 ${up()}`);
  }

  /* ---- Every second ---------------------------------------------------------------------------------------------------- */

  let figuresAt = performance.now();
  let factsAt = performance.now();
  async function renew() {
    const shown = screen.shown && screen.shown.name;
    if (!shown || performance.now() - figuresAt < FIGURES_MS) return;
    figuresAt = performance.now();
    const isWhole = performance.now() - factsAt > FACTS_MS;
    if (isWhole) factsAt = performance.now();
    try { if ((await screen.renew(shown, isWhole)) && screen.shown && screen.shown.name === shown) screen.show(shown, true); } catch (error) { /* the next one */ }
  }

  screen.watch = function () {
    live.attach(document.body, {
      alarms() { turn(); drawBand(); ring(); },
      incidents() { figuresAt = -FIGURES_MS; renew().then(turn); },
      tick() { // after the panels': what the veil leaves to be seen is drawn
        drawVeil();
        drawBand();
        drawFoot();
        turn();
        ring();
        renew();
        night();
        if (performance.now() - beatAt > BEAT_MS) beat();
      },
    });
  };
  screen.reload = reload;
})();
