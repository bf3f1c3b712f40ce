/* The band of 历史回看 below the bar: which instant is shown, playing and pace, the line of the day with its alarms, the way back. */
(function () {
  "use strict";
  const park = window.park;
  const past = park.past;
  const { live } = park;
  const el = park.shell.element;
  const byId = (id) => document.getElementById(id);
  const ZONE = park.shell.config.timeZone || "Asia/Shanghai";
  const BEFORE_MS = 600000; // where looking back begins
  const NEAR = 0.35; // per cent of the day: marks closer than this are one
  const LEVELS = { 1: "紧急", 2: "重要", 3: "一般", 4: "系统" };
  const PAGES = [["/map", "一张图"], ["/tanks", "储罐"], ["/vehicles", "车辆"], ["/alarms", "报警"]];
  let parts = null; // the nodes of the band while it stands
  let isHeld = false; // a person has the slider

  const local = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const weekday = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, weekday: "short" });
  const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
  const glyph = (name) => el("i", { class: `bi bi-${name}`, "aria-hidden": "true" });

  /** The instant that a time of the park's zone such as 2026-11-28T14:05 means, or NaN. */
  function instant(text) {
    const guess = Date.parse(`${text}Z`);
    return Number.isFinite(guess) ? guess - (Date.parse(`${local.format(guess).replace(" ", "T")}Z`) - Math.floor(guess / 1000) * 1000) : NaN;
  }

  function button(className, title, does, ...children) {
    const made = el("button", { type: "button", class: className, title, "aria-label": title }, ...children);
    made.addEventListener("click", does);
    return made;
  }

  /* ---- The door ------------------------------------------------------------------------------------------------------ */

  function door() {
    const place = byId("head-past");
    if (!place) return;
    const isOpen = past.isHere && !past.shown();
    if (isOpen && !place.firstChild) place.append(button("past-door", "查看过去任一时刻的画面", () => past.open(live.present.now() - BEFORE_MS), glyph("clock-history"), el("span", {}, "历史回看")));
    if (!isOpen && place.firstChild) place.replaceChildren();
  }

  /* ---- The band ------------------------------------------------------------------------------------------------------ */

  function build(box) {
    const when = el("b", { class: "past-when" });
    const play = button("past-play", "播放或暂停", () => past.play(!past.shown().isPlaying));
    const paces = past.PACES.map((pace) => {
      const made = button("", `${pace} 倍速`, () => past.pace(pace), `×${pace}`);
      made.dataset.pace = pace;
      return made;
    });
    const field = el("input", { type: "datetime-local", step: "60", class: "past-field", "aria-label": "回看的日期和时间" });
    const go = () => {
      const wanted = instant(field.value);
      field.classList.toggle("wrong", !(wanted < live.present.now()));
      if (wanted < live.present.now()) past.open(wanted);
      else past.say(Number.isFinite(wanted) ? "这一时刻还没有到" : "请填写日期和时间");
    };
    field.addEventListener("keydown", (event) => { if (event.key === "Enter") go(); });
    const back = button("past-jump", "上一条报警", () => past.jump(-1), glyph("skip-backward-fill"), el("span", {}, "上一报警"));
    const on = button("past-jump", "下一条报警", () => past.jump(1), el("span", {}, "下一报警"), glyph("skip-forward-fill"));
    const here = location.pathname;
    const links = PAGES.filter(([path]) => path !== here && document.querySelector(`#head-modules a[href="${path}"]`)).map(([path, words]) => el("a", { href: path, class: "past-link", title: `同一时刻的${words}` }, words));
    const leave = button("past-leave", "结束回看，显示实时画面", past.leave, glyph("arrow-return-left"), el("span", {}, "回到现在"));
    const marks = el("div", { class: "past-marks" });
    const slider = el("input", { type: "range", step: "1000", class: "past-slider", "aria-label": "当天的时间" });
    slider.addEventListener("input", () => { isHeld = true; past.draw(); });
    slider.addEventListener("change", () => { isHeld = false; past.open(Number(slider.value)); });
    const hours = el("div", { class: "past-hours", "aria-hidden": "true" });
    const note = el("p", { class: "past-note", role: "status" });
    box.replaceChildren(el("section", { class: "past-band", "aria-label": "历史回看" },
      el("div", { class: "past-row" }, el("span", { class: "past-title" }, glyph("clock-history"), el("span", {}, "历史回看")), when,
        back, play, on, el("div", { class: "car-tabs past-paces", role: "group", "aria-label": "回看速度" }, ...paces),
        el("span", { class: "past-goto" }, field, button("past-go", "前往这一时刻", go, el("span", {}, "前往"))), note, el("span", { class: "past-links" }, ...links), leave),
      el("div", { class: "past-line" }, marks, slider, hours)));
    parts = { box, when, play, paces, field, back, on, links, marks, slider, hours, note, day: null, look: "" };
  }

  past.say = (text) => { if (past.shown()) { past.shown().note = text; past.draw(); } };

  /** The alarms of the day and the hours without data, drawn once a day. */
  function drawDay(day) {
    const { marks, hours, slider } = parts;
    const length = day.end - day.start;
    const share = (ms) => ((ms - day.start) / length) * 100;
    const grouped = [];
    for (const [ms, level, words] of day.marks) {
      const near = grouped[grouped.length - 1];
      if (near && share(ms) - share(near.ms) < NEAR) { near.count += 1; if (level < near.level) Object.assign(near, { level, words }); } else grouped.push({ ms, level, words, count: 1 });
    }
    marks.replaceChildren(...grouped.map(({ ms, level, words, count }) => {
      const made = button(`past-mark l${level}`, `${local.format(ms).slice(11, 16)} ${LEVELS[level]} ${words}${count > 1 ? `，共 ${count} 条` : ""}`, () => past.open(ms + 1000));
      made.style.left = `${share(ms)}%`;
      made.tabIndex = -1; // 上一报警 and 下一报警 do this by keys
      return made;
    }));
    slider.min = day.start;
    slider.max = day.end - 1000;
    const gaps = day.empty.map((ms) => { const gap = el("i", { class: "past-gap", title: "这一小时没有数据" }); gap.style.left = `${share(ms)}%`; gap.style.width = `${(3600000 / length) * 100}%`; return gap; });
    const later = el("i", { class: "past-later", title: "还没有到" });
    const now = live.present.now();
    later.style.left = `${Math.min(100, share(now))}%`;
    const ticks = Array.from({ length: 9 }, (_, i) => { const tick = el("span", {}, `${String(i * 3).padStart(2, "0")}:00`); tick.style.left = `${i * 12.5}%`; return tick; });
    hours.replaceChildren(...gaps, ...(now < day.end ? [later] : []), ...ticks);
  }

  function words(shown) {
    const told = [];
    if (shown.note) told.push(shown.note);
    if (shown.isAsking) told.push("正在读取…");
    else if (shown.isPlaying && shown.time >= shown.until && !shown.isEnded) told.push("正在读取后续数据…");
    told.push(...shown.state.notes);
    if (shown.state.silent && !shown.isPlaying) told.push(`这一时刻没有数据，最近的数据在 ${park.draw.time(shown.state.silent)}`);
    return told.join("；");
  }

  past.draw = function () {
    const shown = past.shown();
    const root = document.documentElement;
    door();
    if (!shown) {
      if (!parts) return;
      delete root.dataset.past;
      parts.box.replaceChildren();
      parts = null;
      isHeld = false;
      document.title = document.title.replace(/^【历史】/, "");
      return;
    }
    const box = byId("past-band");
    if (!box) return;
    if (!parts || parts.box !== box || parts.path !== location.pathname) { build(box); parts.path = location.pathname; }
    root.dataset.past = "1";
    if (!document.title.startsWith("【历史】")) document.title = `【历史】${document.title}`;
    const time = isHeld ? Number(parts.slider.value) : shown.time;
    const text = local.format(time);
    put(parts.when, `${text.slice(0, 10)} ${weekday.format(time)} ${text.slice(11)}`);
    if (document.activeElement !== parts.field && parts.field.value !== text.slice(0, 16).replace(" ", "T")) parts.field.value = text.slice(0, 16).replace(" ", "T");
    const look = [shown.isPlaying, shown.pace, past.canJump(-1), past.canJump(1)].join();
    if (look !== parts.look) {
      parts.look = look;
      parts.play.replaceChildren(glyph(shown.isPlaying ? "pause-fill" : "play-fill"));
      parts.play.setAttribute("aria-pressed", String(shown.isPlaying));
      for (const one of parts.paces) { one.classList.toggle("on", Number(one.dataset.pace) === shown.pace); one.setAttribute("aria-pressed", String(Number(one.dataset.pace) === shown.pace)); }
      parts.back.disabled = !past.canJump(-1);
      parts.on.disabled = !past.canJump(1);
    }
    if (shown.day && parts.day !== shown.day) { parts.day = shown.day; drawDay(shown.day); }
    if (shown.day && !isHeld) parts.slider.value = shown.time;
    parts.slider.disabled = !shown.day;
    put(parts.note, words(shown));
    const address = `?past=${Math.round(shown.time / 1000) * 1000}${shown.pace === 60 ? "" : `&pace=${shown.pace}`}`;
    for (const link of parts.links) { const href = link.getAttribute("href").split("?")[0] + address; if (link.getAttribute("href") !== href) link.setAttribute("href", href); }
  };
  past.draw();
})();
