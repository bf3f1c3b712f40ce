/* 历史回看: the pages that show the park live show it at a past instant, and play on from there.
 *
 * park.past.open(at) asks the server for the state of that instant and makes it the source of park.live (50-live.js), so the same
 * functions draw it. What follows comes in frames, asked for before they are needed. The instant and the pace stand in the address.
 */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const live = park.live;
  const past = (park.past = {});
  const AHEAD = 8; // frames left when the next are asked for
  const STEP_MS = 100;
  const PACES = [1, 10, 60, 300];
  const DAY = 86400000;
  let at = null; // what is shown: {time, shownAt (of the last frame), pace, isPlaying, frames, until, source, state, day, note}; null in the present
  let turns = 0; // answers that come after another instant was chosen are not taken

  const byId = (id) => document.getElementById(id);

  async function ask(path) {
    const answer = await live.fetch(path);
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(body.error || body.message || "没有读到这一时刻，请稍后重试");
    return body;
  }

  /* ---- The source ---------------------------------------------------------------------------------------------------- */

  const columns = (frame, read) => new Map((frame ? frame.id : []).map((id, i) => [id, read(frame, i)]));

  function sourceOf(state) {
    return {
      points: columns(state.points, live.pointOf), vehicles: columns(state.vehicles, live.vehicleOf),
      alarms: state.alarms ? state.alarms.alarms : [], risk: state.risk ? live.colours(state.risk) : new Map(),
      now: () => (at ? at.shownAt : state.at), pace: () => (at ? at.pace : 1),
    };
  }

  /** One frame of what followed: only what is new is told. Until the next one comes nothing grows older: it is not known to be silent. */
  function take(frame) {
    const { source } = at;
    at.shownAt = frame.at;
    if (frame.points) {
      frame.points.id.forEach((id, i) => source.points.set(id, live.pointOf(frame.points, i)));
      live.turned("points", frame.points.id);
    }
    if (frame.vehicles) {
      frame.vehicles.id.forEach((id, i) => source.vehicles.set(id, live.vehicleOf(frame.vehicles, i)));
      live.turned("vehicles", frame.vehicles.id);
    }
    if (frame.alarms) {
      source.alarms = frame.alarms.alarms;
      live.turned("alarms", source.alarms);
    }
    if (frame.risk) {
      source.risk = live.colours(frame.risk);
      live.turned("risk", source.risk);
    }
  }

  /* ---- Going somewhere ----------------------------------------------------------------------------------------------- */

  const told = () => document.dispatchEvent(new CustomEvent("park:past"));
  const keep = () => park.shell.state({ past: at ? Math.round(at.time / 1000) * 1000 : null, pace: at && at.pace !== 60 ? at.pace : null });

  /** Show the instant `time` (ms); it plays on when it did. What cannot be shown is said in the band, and what stands there stays. */
  past.open = async function (time, wish) {
    const turn = (turns += 1);
    const wanted = Math.min(Math.round(time), live.present.now() - 1000);
    if (at) Object.assign(at, { isAsking: true, frames: [], until: 0 });
    past.draw();
    try {
      const state = await ask(`/past/state?at=${Math.round(wanted)}`);
      if (turn !== turns) return;
      const { pace = 60, isPlaying = false } = { ...(at || {}), ...(wish || {}) };
      at = { time: state.at, shownAt: state.at, pace, isPlaying, frames: [], until: state.at, state, day: at && at.day, note: "", isAsking: false, isEnded: false };
      at.source = sourceOf(state);
      live.turn(at.source);
      keep();
      past.draw();
      told();
      if (!at.day || at.time < at.day.start || at.time >= at.day.end) askDay();
      if (isPlaying) more();
    } catch (error) {
      if (turn !== turns) return;
      if (at) Object.assign(at, { isAsking: false, isPlaying: false, note: error.message });
      else park.shell.show({ kind: "warning", text: error.message });
      past.draw();
    }
  };

  /** Back to what is now. */
  past.leave = function () {
    turns += 1;
    if (!at) return;
    at = null;
    live.turn(null);
    keep();
    past.draw();
    told();
  };

  async function askDay() {
    const { time } = at;
    try {
      const day = await ask(`/past/day?at=${Math.round(time)}`);
      if (at && at.time >= day.start && at.time < day.end) at.day = day;
      past.draw();
    } catch (error) { /* the line of the day stays bare */ }
  }

  /** The next or last alarm from here, a second after it was raised. */
  past.jump = function (by) {
    if (!at || !at.day) return;
    const times = at.day.marks.map(([ms]) => ms);
    const found = by > 0 ? times.find((ms) => ms > at.time + 1500) : times.filter((ms) => ms < at.time - 1500).pop();
    const goal = found !== undefined ? found : by > 0 ? at.day.after : at.day.before;
    if (goal) past.open(goal + 1000);
    else { at.note = by > 0 ? "此后没有报警" : "此前没有报警"; past.draw(); }
  };
  past.canJump = (by) => Boolean(at && at.day && (by > 0 ? at.day.after || at.day.marks.some(([ms]) => ms > at.time + 1500) : at.day.before || at.day.marks.some(([ms]) => ms < at.time - 1500)));

  /* ---- Playing ------------------------------------------------------------------------------------------------------- */

  async function more() {
    if (!at || at.isFetching || at.isEnded) return;
    const mine = at;
    const { pace } = mine;
    mine.isFetching = true;
    try {
      const found = await ask(`/past/frames?at=${Math.round(mine.until)}&pace=${pace}`);
      if (at !== mine || mine.pace !== pace) return;
      mine.frames.push(...found.frames.filter((frame) => frame.at > mine.until));
      mine.until = Math.max(mine.until, found.until);
      mine.stepMs = found.step;
      mine.isEnded = found.is_now;
      mine.note = "";
    } catch (error) {
      if (at === mine) { mine.note = error.message; mine.isPlaying = false; past.draw(); }
    } finally {
      mine.isFetching = false;
    }
  }

  past.play = function (isOn) {
    if (!at) return;
    at.isPlaying = isOn;
    at.note = "";
    if (isOn) more();
    else { at.time = at.shownAt; keep(); told(); }
    past.draw();
  };

  past.pace = function (pace) {
    if (!at || at.pace === pace) return;
    // The frames of another pace stand closer together or further apart.
    Object.assign(at, { pace, frames: [], time: at.shownAt, until: at.shownAt, isEnded: false, isFetching: false });
    keep();
    if (at.isPlaying) more();
    past.draw();
  };

  let last = performance.now();
  let kept = 0;
  function step() {
    const passed = Math.min(1000, performance.now() - last);
    last = performance.now();
    if (!at || !at.isPlaying || at.isAsking) return;
    // The hand never runs ahead of what is known.
    const next = Math.min(at.time + passed * at.pace, Math.max(at.until, at.time));
    while (at.frames.length && at.frames[0].at <= next) {
      const frame = at.frames.shift();
      take(frame);
    }
    at.time = next;
    if (at.frames.length < AHEAD) more();
    if (at.isEnded && at.time >= at.until) { // the present went on, too
      at.isEnded = live.present.now() - at.until < at.stepMs + 2000;
      if (at.isEnded) { at.isPlaying = false; at.note = "已到现在"; keep(); } else more();
    }
    if (at.day && at.time >= at.day.end && !at.isAskingDay) { at.isAskingDay = true; askDay().finally(() => at && (at.isAskingDay = false)); }
    if (performance.now() - kept > 2000) { kept = performance.now(); keep(); }
    past.draw();
  }
  setInterval(step, STEP_MS);

  /* ---- Pages --------------------------------------------------------------------------------------------------------- */

  past.shown = () => at;
  past.PACES = PACES;
  past.DAY = DAY;

  /** Whether the page that is open can look back, and to where its address does. */
  function arrive() {
    const page = byId("page-content") && byId("page-content").firstElementChild;
    past.isHere = Boolean(page && page.dataset.past);
    const address = new URL(location.href).searchParams;
    const wanted = Number(address.get("past"));
    const pace = PACES.includes(Number(address.get("pace"))) ? Number(address.get("pace")) : 60;
    if (!past.isHere || !(wanted > 0)) past.leave();
    else if (!at || Math.abs(at.time - wanted) > 1500) past.open(wanted, { pace });
    past.draw();
  }
  past.draw = () => {}; // 53-past-band.js draws
  document.addEventListener("park:page", arrive);
})();
