/* The sound of alarms nobody has answered: 紧急 three short tones every 4 s, 重要 one every 15 s, 一般 once, 系统 none.
   Only for people who may acknowledge. One tab sounds; silence ends by itself, and at once for a new 紧急. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const MUTE_MS = 10 * 60 * 1000;
  const STALE_MS = 30000;
  const LEASE_MS = 5000;
  const MUTE_KEY = "park.sound.mute";
  const LEASE_KEY = "park.sound.tab";
  const { play, sound, isRunning } = park.tones;
  const unlock = () => park.tones.unlock(check);
  const TAB = `${Date.now()}-${Math.random().toString(36).slice(2)}`;

  let known = null;
  let element = null;
  let drawn = "";

  /* ---- Shared between the tabs of one browser --------------------------------------------------------------------- */

  function kept(key) { try { return JSON.parse(localStorage.getItem(key) || "null"); } catch (error) { return null; } }
  function keep(key, value) {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(value));
    } catch (error) { /* a private window: this tab alone knows */ }
  }

  /** Whether this tab is the one that sounds. The one that sounded last keeps it for as long as it lives. */
  function holdsLease() {
    const lease = kept(LEASE_KEY);
    if (lease && lease.tab !== TAB && Date.now() - lease.at < LEASE_MS) return false;
    keep(LEASE_KEY, { tab: TAB, at: Date.now() });
    return true;
  }

  window.addEventListener("pagehide", () => {
    const lease = kept(LEASE_KEY);
    if (lease && lease.tab === TAB) keep(LEASE_KEY, null);
  });
  // Another tab was muted, or has just taken over: at once, not at the next tick.
  window.addEventListener("storage", (event) => { if (event.key === MUTE_KEY || (event.key === LEASE_KEY && park.tones.playing())) check(); });

  /* ---- Silence with an end ---------------------------------------------------------------------------------------- */

  /** {until, urgent: ids of the 紧急 it silences}, or null. A clock set back must not make it longer than it may be. */
  function mute() {
    const found = kept(MUTE_KEY);
    const left = found ? found.until - Date.now() : 0;
    return left > 0 && left <= MUTE_MS ? found : null;
  }

  function silence() {
    const urgent = waiting().filter((alarm) => alarm.level === 1).map((alarm) => alarm.id);
    keep(MUTE_KEY, { until: Date.now() + MUTE_MS, urgent });
    check();
  }

  function speak() { keep(MUTE_KEY, null); check(); }

  /* ---- What should sound now -------------------------------------------------------------------------------------- */

  const waiting = () => park.alarms.list(true).filter((alarm) => alarm.state === "unacknowledged");

  function isStale() {
    const status = park.live.status;
    return Boolean(status.at) && park.live.present.now() - status.at > STALE_MS;
  }

  function wanted(alarms) {
    if (isStale()) return "lost";
    if (alarms.some((alarm) => alarm.level === 1)) return "urgent";
    return alarms.some((alarm) => alarm.level === 2) ? "major" : "";
  }

  function check() {
    if (!element) return;
    const alarms = waiting();
    const muted = mute();
    if (muted && alarms.some((alarm) => alarm.level === 1 && !muted.urgent.includes(alarm.id))) { speak(); return; }
    if (isRunning()) {
      const isMine = holdsLease();
      const name = isMine && !muted ? wanted(alarms) : "";
      sound(name);
      const fresh = known ? alarms.filter((alarm) => alarm.level === 3 && !known.has(alarm.id)) : [];
      if (isMine && !muted && !name && fresh.length) play("minor");
    }
    if (park.alarms.isHeard()) known = new Set(alarms.map((alarm) => alarm.id));
    draw(muted);
  }

  /* ---- The button in the header ----------------------------------------------------------------------------------- */

  const clockOf = new Intl.DateTimeFormat("en-GB", { timeZone: park.shell.config.timeZone || "Asia/Shanghai", hour12: false, hour: "2-digit", minute: "2-digit" });

  function face(muted) {
    if (!isRunning()) return { look: "locked", icon: "volume-mute", words: "点击开启声音", title: "浏览器要求先点击一次，报警才能发声" };
    if (muted) {
      const until = clockOf.format(muted.until);
      return { look: "muted", icon: "volume-mute-fill", words: `静音至 ${until}`, title: `到 ${until} 自动恢复，新的紧急报警立即恢复；点击现在恢复` };
    }
    return { look: "on", icon: "volume-up", words: "声音开", title: "点击静音 10 分钟" };
  }

  function draw(muted) {
    const now = face(muted);
    const seen = now.look + now.words;
    if (seen === drawn && element.firstElementChild) return;
    drawn = seen;
    const { part, attribute, button, glyph } = park.alarms.dom;
    const made = button(`sound-button ${now.look}`, [glyph(now.icon), part("span", "sound-words", now.words)], () => press(now.look));
    const hadFocus = element.contains(document.activeElement);
    element.replaceChildren(attribute(made, { title: now.title, "aria-label": `${now.words}。${now.title}` }));
    if (hadFocus) made.focus();
  }

  /** By what the button said when it was pressed: the press itself may have opened the sound a moment ago. */
  function press(look) {
    if (look === "locked") unlock();
    else if (look === "muted") speak();
    else silence();
  }

  /* ---- Start ------------------------------------------------------------------------------------------------------ */

  function start() {
    const place = document.getElementById("head-sound");
    if (!place || !park.alarms || !park.live || !document.getElementById("alarm-rights")) { setTimeout(start, 100); return; }
    if (!park.alarms.holds("acknowledge")) return;
    element = place;
    unlock();
    // Any first click or key opens the sound, not only the one on the button.
    for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, () => { if (!isRunning()) unlock(); }, true);
    park.alarms.watch(document.body, { alarms: check, tick: check }, true);
  }
  start();

  park.sound = {
    silence, speak, unlock,
    /** For the curious and for tests: what sounds, whether this browser may, until when it is silent. */
    state: () => ({ running: isRunning(), playing: park.tones.playing(), mutedUntil: (mute() || {}).until || null }),
  };
})();
