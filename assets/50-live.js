/* Live data in the browser: one stream of server-sent events, a polled snapshot when there is none.
 *
 * park.live.points, .vehicles, .alarms, .risk, .health hold what is newest; attach(element, handlers) tells a drawing of changes for
 * as long as its element is in the document. Nothing here draws. While a page looks back (52-past.js) they hold the past, and
 * live.present goes on with the stream for what must never look back: counters of the header, sounds, notices.
 */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const SILENT_MS = 12000; // the server says something every 5 s
  const POLL_MS = 3000;
  const live = (park.live = {
    points: new Map(),
    vehicles: new Map(),
    alarms: [],
    risk: new Map(),
    health: null,
    status: { mode: "connecting", at: 0, since: Date.now() },
  });
  // A wall's page says where its own doors are; pages of the frame use those of the person who is signed in.
  const config = JSON.parse((document.getElementById("park-config") || {}).textContent || "{}");
  const door = { token: "/live/token", snapshot: "/live/snapshot", ...config.live };
  let source = null;
  let openedAt = 0;
  // The server's time is counted on the monotonic clock: somebody may set this machine's clock while the page is open.
  const present = (live.present = { points: live.points, vehicles: live.vehicles, alarms: live.alarms, risk: live.risk });
  let offset = (door.at || Date.now()) - performance.now();
  let attached = [];
  let retry = 1000;
  let polling = null;
  let started = false;

  /** The server's time in ms: this machine's clock may be wrong. */
  present.now = () => performance.now() + offset;
  live.past = null; // {points, vehicles, alarms, risk, now(), pace()} while the page looks back
  live.now = () => (live.past ? live.past.now() : present.now());
  live.pastAt = () => (live.past ? Math.round(live.past.now()) : 0); // what a question to the server looks back on

  /** Fetch JSON as whoever this page belongs to: a person by the session, a wall by the token in its address. */
  live.fetch = function (address, options) {
    const { headers, ...rest } = options || {};
    const asked = fetch(address, { credentials: "same-origin", ...rest, headers: { Accept: "application/json", ...live.headers, ...headers } });
    if (!config.screen) return asked;
    return asked.then((answer) => {
      // Its token was taken back or has expired: 81-screen-wall.js leads to the page that says so.
      if (answer.status === 401 || answer.status === 403) document.dispatchEvent(new CustomEvent("park:refused"));
      return answer;
    });
  };
  live.headers = {};
  const shown = new URL(location.href).searchParams.get("token");
  if (config.screen && shown) live.headers.Authorization = `Bearer ${shown}`;

  /** Call handlers for as long as `element` is in the document: points(ids|null), vehicles(ids|null), alarms(list), risk(map), todo(), commands(), incidents(), status(status), tick().
      With `isPresent` they are told of the present also while the page looks back. */
  live.attach = function (element, handlers, isPresent) {
    const entry = { element, handlers, seen: element.isConnected, isPresent: Boolean(isPresent) };
    attached.push(entry);
    tellAll(entry);
    return () => (attached = attached.filter((other) => other !== entry));
  };

  function tellAll(entry) {
    const shown = entry.isPresent ? present : live;
    call(entry, "points", null);
    call(entry, "vehicles", null);
    call(entry, "alarms", shown.alarms);
    call(entry, "risk", shown.risk);
    call(entry, "status", live.status);
    call(entry, "tick");
  }

  /** Show another time: a source of the past, or null for the present. Whoever draws begins anew. */
  live.turn = function (source) {
    live.past = source;
    Object.assign(live, (({ points, vehicles, alarms, risk }) => ({ points, vehicles, alarms, risk }))(source || present));
    for (const entry of standing()) if (!entry.isPresent) tellAll(entry);
  };

  /** Tell those who draw that the past went on: its alarms and colours are the source's. */
  live.turned = function (name, argument) {
    if (!live.past) return;
    live.alarms = live.past.alarms;
    live.risk = live.past.risk;
    tell(name, argument, (entry) => !entry.isPresent);
  };

  function call(entry, name, argument) {
    const handler = entry.handlers[name];
    if (!handler) return;
    try {
      handler(argument);
    } catch (error) {
      console.error(`live ${name}`, error); // one drawing that fails must not stop the others
    }
  }

  /** What the stream brought: only to those who follow the present while the page looks back. */
  function tellPresent(name, argument) {
    Object.assign(live, live.past ? {} : { alarms: present.alarms, risk: present.risk });
    tell(name, argument, live.past ? (entry) => entry.isPresent : null);
  }

  /** Those who draw and are still in the document, or not in it yet. */
  function standing() {
    attached = attached.filter((entry) => {
      if (entry.element.isConnected) entry.seen = true;
      return entry.element.isConnected || !entry.seen;
    });
    return attached;
  }

  function tell(name, argument, isFor) {
    for (const entry of standing()) if (!isFor || isFor(entry)) call(entry, name, argument);
  }

  function setStatus(mode) {
    if (live.status.mode !== mode) live.status = { mode, at: live.status.at, since: present.now() };
    tell("status", live.status);
  }

  /** Go by the server's time. */
  function setClock(at) {
    const fresh = at ? at - performance.now() : offset;
    if (Math.abs(fresh - offset) > 500) offset = fresh; // half a second of network is no difference
  }

  /** What is shown is as it is now. Part of a snapshot says that of nothing. */
  function heard() {
    live.status.at = present.now();
    live.tries = 0;
  }

  const take = {
    points(frame) {
      if (frame.full) present.points.clear();
      for (let i = 0; i < frame.id.length; i++) {
        present.points.set(frame.id[i], live.pointOf(frame, i));
      }
      tellPresent("points", frame.full ? null : frame.id);
    },
    vehicles(frame) {
      if (frame.full) present.vehicles.clear();
      for (let i = 0; i < frame.id.length; i++) present.vehicles.set(frame.id[i], live.vehicleOf(frame, i));
      tellPresent("vehicles", frame.full ? null : frame.id);
    },
    alarms(frame) {
      present.alarms = frame.alarms;
      tellPresent("alarms", present.alarms);
    },
    risk(frame) {
      present.risk = new Map([...(frame.full ? [] : present.risk), ...live.colours(frame)]);
      tellPresent("risk", present.risk);
    },
    todo() { // somebody took a step in a workflow: 27-todos.js asks for the person's own counts
      tell("todo");
    },
    commands() { // a command to a vehicle moved on, or a picture came: 66-vehicle-commands.js asks for what it shows
      tell("commands");
    },
    incidents() { // something was written into an incident: 76-incident-desk.js and the walls ask for what they show
      tell("incidents");
    },
    health(frame) {
      live.health = frame;
      tell("status", live.status);
    },
  };

  /** The values and positions of a frame by their place in it. */
  live.pointOf = (frame, i) => ({ v: frame.v[i], t: frame.t[i], q: frame.q[i], s: frame.s[i] });
  live.vehicleOf = (frame, i) => ({ lon: frame.lon[i] / 1e6, lat: frame.lat[i] / 1e6, speed: frame.k[i] / 10, heading: frame.h[i], t: frame.t[i], r: frame.r[i], fixed: !!frame.f[i] });

  /** The colours of a frame by zone; frames of the past have the same shape. */
  live.colours = (frame) => new Map(frame.id.map((id, i) => [id, { level: frame.l[i], before: frame.b[i], since: frame.s[i], changed: frame.c[i], why: frame.w[i], count: frame.n[i] }]));

  function took(channel, frame) {
    setClock(frame.at);
    take[channel](frame);
  }

  async function connect() {
    close();
    let answer;
    try {
      answer = await live.fetch(door.token);
      if (answer.status === 401 || answer.redirected) return; // the shell sends the person to the sign-in page
      if (!answer.ok) throw new Error(`token ${answer.status}`);
      const ticket = await answer.json();
      openedAt = present.now();
      source = new EventSource(`${ticket.url}?token=${encodeURIComponent(ticket.token)}`);
    } catch (error) {
      return again();
    }
    const mine = source;
    let isWhole = false; // the snapshot with which a stream begins ends with the health
    for (const channel of Object.keys(take)) {
      mine.addEventListener(channel, (event) => {
        if (mine !== source) return;
        took(channel, JSON.parse(event.data));
        isWhole = isWhole || channel === "health";
        if (!isWhole) return;
        heard();
        retry = 1000;
        stopPolling();
        if (live.status.mode !== "push") setStatus("push");
      });
    }
    mine.addEventListener("bye", () => again());
    mine.onerror = () => mine === source && again(); // a token is used once: connect with a new one
  }

  function close() {
    if (source) source.close();
    source = null;
  }

  live.tries = 0; // since the last message
  function again() {
    close();
    live.tries += 1;
    startPolling();
    setTimeout(connect, retry);
    retry = Math.min(retry * 2, 15000);
  }

  function startPolling() {
    if (!polling) polling = setInterval(poll, POLL_MS);
  }

  function stopPolling() {
    clearInterval(polling);
    polling = null;
  }

  async function poll() {
    try {
      const answer = await live.fetch(door.snapshot);
      if (!answer.ok) throw new Error(`snapshot ${answer.status}`);
      const frames = await answer.json();
      if (!polling) return;
      for (const channel of Object.keys(take)) if (frames[channel]) took(channel, frames[channel]);
      heard();
      if (live.status.mode !== "poll") setStatus("poll");
    } catch (error) {
      checkSilence();
    }
  }

  function checkSilence() {
    if (present.now() - live.status.at > SILENT_MS && live.status.mode !== "down") setStatus("down");
  }

  function everySecond() {
    tell("tick");
    if (!started) return;
    checkSilence();
    if (source && present.now() - Math.max(live.status.at, openedAt) > SILENT_MS) again();
  }

  /** Begin; called once by the page. */
  live.start = function () {
    if (started) return;
    started = true;
    connect();
  };

  /** Ask for everything anew, because a person wishes so. */
  live.refresh = () => started && again();

  // A wall to which a file did not come, while the server was starting: nobody stands there to load the page again.
  let lacks = !window.L; // the libraries stand before this file
  window.addEventListener("error", (event) => { lacks = lacks || event.target instanceof HTMLScriptElement; }, true);
  function loadAnew() {
    const later = () => setTimeout(loadAnew, 5000);
    fetch(location.href, { credentials: "same-origin", cache: "no-store" }).then((answer) => (answer.status < 500 ? location.reload() : later()), later);
  }
  window.addEventListener("load", () => { if (config.screen && lacks) setTimeout(loadAnew, 3000); });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => event.persisted && connect());
  setInterval(everySecond, 1000);
  live.start();
})();
