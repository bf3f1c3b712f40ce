/* Drawing of states, the same on every page, wall and phone: level symbols, chips, tanks, range bars, sparklines, and the
 * words of numbers and times. Functions return SVG or HTML as text with everything from outside escaped; the three that
 * change every few seconds (tank, range, spark) have a companion that changes only what moved: draw.tank.set(svg, …).
 * Colours come from the tokens through 40-draw.css.
 */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const draw = (park.draw = {});
  const ZONE = (park.shell && park.shell.config.timeZone) || "Asia/Shanghai";
  const THIN = "\u2009";
  let drawn = 0;

  /* ---- Words of numbers and times --------------------------------------------------------------------------------- */

  const MARKS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

  /** Text made safe inside HTML and inside attributes. */
  draw.escape = (text) => String(text ?? "").replace(/[&<>"']/g, (mark) => MARKS[mark]);

  /** 12 345.67 with thin spaces between thousands and fixed decimals; an em dash for no number. */
  draw.number = function (value, decimals = 2) {
    if (value === null || value === undefined || !Number.isFinite(Number(value))) return "—";
    const text = Number(value).toFixed(decimals);
    const [whole, part] = (Number(text) === 0 ? text.replace("-", "") : text).split(".");
    return whole.replace(/\B(?=(\d{3})+(?!\d))/g, THIN) + (part ? `.${part}` : "");
  };

  const two = (number) => String(number).padStart(2, "0");

  /** A lapse of ms: mm:ss, h:mm:ss from an hour, n 天 hh:mm from a day. */
  draw.duration = function (ms) {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
    if (days) return `${days} 天 ${two(hours)}:${two(minutes)}`;
    return (hours ? `${hours}:` : "") + `${two(minutes)}:${two(seconds % 60)}`;
  };

  /** How long ago: n 秒前, n 分钟前, n 小时前, n 天前. */
  draw.age = function (ms) {
    const seconds = Math.max(0, Math.round(ms / 1000));
    if (seconds < 60) return `${seconds} 秒前`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} 分钟前`;
    return seconds < 86400 ? `${Math.floor(seconds / 3600)} 小时前` : `${Math.floor(seconds / 86400)} 天前`;
  };

  const clockOf = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hour12: false, hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const dayOf = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" });

  /** HH:mm:ss in the park's time, with MM-DD before it on another day than today. */
  draw.time = function (ms) {
    const today = dayOf.format(park.live ? park.live.now() : Date.now());
    const day = dayOf.format(ms);
    return (day === today ? "" : `${day.slice(5)} `) + clockOf.format(ms);
  };

  /* ---- Levels ----------------------------------------------------------------------------------------------------- */

  const OUTLINES = {
    1: "M8.2 1.5h9.6L24.5 8.2v9.6l-6.7 6.7H8.2L1.5 17.8V8.2z",
    2: "M13 1.6 24.8 23.4H1.2z",
    3: "M13 1.5a11.5 11.5 0 1 1 0 23 11.5 11.5 0 0 1 0-23z",
    4: "M13 1.2 24.8 13 13 24.8 1.2 13z",
  };

  /** The symbol of a level (octagon 1, triangle 2, circle 3, diamond 4).
   *  `look` is the state of an alarm (filled while nobody answered, hollow after, dashed when the value is back), or
   *  {state, size, filled, dashed, inverted}; what is given besides the state wins. With a state, 1 and 2 blink. */
  draw.symbol = function (level, look = {}) {
    const wish = typeof look === "string" ? { state: look } : look;
    const { state = "", size = 26, filled = state === "unacknowledged", dashed = state === "recovered", inverted = false } = wish;
    const outline = OUTLINES[level] || OUTLINES[4];
    const blinks = state === "unacknowledged" && level <= 2;
    const classes = ["symbol", `level-${Number(level)}`, filled ? "filled" : "hollow", dashed && "dashed", inverted && "inverted", blinks && `blink-${level}`];
    return (
      `<svg class="${classes.filter(Boolean).join(" ")}" width="${Number(size)}" height="${Number(size)}" viewBox="0 0 26 26" aria-hidden="true">` +
      `<path d="${outline}"/><text x="13" y="${level === 2 ? 20.6 : 17.7}" text-anchor="middle" font-size="${level === 2 ? 12 : 13}">${Number(level)}</text></svg>`
    );
  };

  /** The chip of an alarm: what it is and whether somebody answered. `subject` comes before the kind (温度 高报). */
  draw.chip = function (alarm, subject = "") {
    const words = `${subject}${alarm.kind_word || ""} ${alarm.state_word || ""}`.trim();
    return `<span class="state-chip level-${Number(alarm.level)} ${draw.escape(alarm.state)}">${draw.escape(words)}</span>`;
  };

  /** A small mark of something that is not an alarm: stale, maintenance, stopped, simulated. */
  draw.mark = (kind, words) => `<span class="state-chip ${draw.escape(kind)}">${kind === "maintenance" ? WRENCH : ""}${draw.escape(words)}</span>`;

  const WRENCH =
    '<svg class="wrench" width="13" height="13" viewBox="0 0 24 24" aria-hidden="true"><path d="M14.5 6.5a4 4 0 0 1 5-4l-2.5 3 1.5 1.5 3-2.5a4 4 0 0 1-5.5 4.8L7 18.3a2 2 0 0 1-2.8-2.8z"/></svg>';
  draw.wrench = (size = 18) => WRENCH.replace('width="13" height="13"', `width="${size}" height="${size}"`);

  /* ---- Tanks ------------------------------------------------------------------------------------------------------ */

  const LIMITS = [["hh", "高高"], ["h", "高"], ["l", "低"], ["ll", "低低"]];
  const clamp = (value, low = 0, high = 1) => Math.max(low, Math.min(high, value));

  /** Outline, roof and the two heights between which a level stands, in a box of width × height. */
  function vessel(shape, width, height, right) {
    const left = 8;
    const top = 8;
    const bottom = height - 6;
    const wide = width - left - right;
    if (shape === "sphere") {
      const r = Math.min(wide, bottom - top - 8) / 2;
      const [x, y] = [left + wide / 2, top + r];
      const legs = `M${x - r * 0.72} ${y + r * 0.7}L${x - r * 0.8} ${bottom}M${x + r * 0.72} ${y + r * 0.7}L${x + r * 0.8} ${bottom}M${x - r * 0.2} ${y + r}V${bottom}M${x + r * 0.2} ${y + r}V${bottom}`;
      return { body: `<circle cx="${x}" cy="${y}" r="${r}"/>`, extra: `<path class="tank-legs" d="${legs}"/>`, top: y - r, bottom: y + r, edge: x + r };
    }
    if (shape === "horizontal") {
      const high = Math.min(bottom - top - 22, wide * 0.62);
      const y = top + (bottom - top - high) / 2 - 4;
      const saddles = `M${left + wide * 0.24} ${y + high}v10M${left + wide * 0.76} ${y + high}v10`;
      return { body: `<rect x="${left}" y="${y}" width="${wide}" height="${high}" rx="${high * 0.36}"/>`, extra: `<path class="tank-saddles" d="${saddles}"/>`, top: y, bottom: y + high, edge: left + wide };
    }
    const roof = Math.max(7, height * 0.085);
    const eaves = top + roof;
    const body = `<path d="M${left} ${eaves}Q${left + wide / 2} ${top - roof * 0.9} ${left + wide} ${eaves}V${bottom}H${left}z"/>`;
    return { body, extra: `<path class="tank-eaves" d="M${left} ${eaves}H${left + wide}"/>`, top: eaves, bottom, edge: left + wide };
  }

  /** Where the words of the limits stand: at their true heights, pushed apart where they are close. */
  function marks(limits, heightOf, edge, font, height) {
    const shown = LIMITS.filter(([name]) => Number.isFinite(limits[name])).map(([name, word]) => ({ name, word, y: heightOf(limits[name]) }));
    let least = font * 0.6;
    for (const one of shown) { one.at = Math.max(one.y, least); least = one.at + font + 1; }
    let most = height - font * 0.4;
    for (const one of [...shown].reverse()) { one.at = Math.min(one.at, most); most = one.at - font - 1; }
    return shown
      .map(({ name, word, y, at }) =>
        `<g class="tank-limit" data-limit="${name}"><path d="M${edge - 3} ${y.toFixed(1)}H${edge + 5}"/><text x="${edge + 8}" y="${(at + font * 0.36).toFixed(1)}" font-size="${font}">${word}</text></g>`)
      .join("");
  }

  /** A tank as SVG: {shape: vertical|floating|sphere|horizontal, fraction 0..1 or null, limits: {ll, l, h, hh as fractions},
   *  broken: ""|ll|l|h|hh, state: ""|stale|maintenance, width, height, marks}. */
  draw.tank = function ({ shape = "vertical", fraction = null, limits = {}, broken = "", state = "", width = 104, height = 132, font = 11, marks: marked = true }) {
    const id = `tank-${(drawn += 1)}`;
    const { body, extra, top, bottom, edge } = vessel(shape, width, height, marked ? font * 2.6 + 2 : 8);
    const heightOf = (share) => bottom - (bottom - top) * clamp(share);
    const roof = shape === "floating" ? `<rect class="tank-roof" x="10" width="${edge - 12}" height="5"/>` : "";
    const text =
      `<svg class="tank" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" data-top="${top}" data-bottom="${bottom}" aria-hidden="true">` +
      `<defs><clipPath id="${id}">${body}</clipPath><pattern id="${id}h" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="tank-hatch" width="2.5" height="7"/></pattern></defs>` +
      `<g class="tank-empty">${body}</g><g clip-path="url(#${id})"><rect class="tank-liquid" width="${width}" height="${height}"/><rect class="tank-hatched" fill="url(#${id}h)" width="${width}" height="${height}"/>` +
      `<rect class="tank-over" width="${width}" height="0"/><rect class="tank-surface" width="${width}" height="2"/>${roof}</g>` +
      `<g class="tank-outline">${body}</g>${extra}${marked ? marks(limits, heightOf, edge, font, height) : ""}</svg>`;
    const made = element(text);
    draw.tank.set(made, { fraction, limits, broken, state });
    return made.outerHTML;
  };

  /** Move the level of a tank that is drawn already. Only what lies above a broken upper limit takes its colour. */
  draw.tank.set = function (svg, { fraction, limits = {}, broken = "", state = "" }) {
    const [top, bottom] = [Number(svg.dataset.top), Number(svg.dataset.bottom)];
    const heightOf = (share) => bottom - (bottom - top) * clamp(share);
    const known = fraction !== null && fraction !== undefined && Number.isFinite(fraction);
    const level = known ? heightOf(fraction) : bottom;
    const isOver = known && (broken === "h" || broken === "hh") && Number.isFinite(limits[broken]) && fraction > limits[broken];
    const tone = broken === "hh" || broken === "ll" ? " level-1" : broken ? " level-2" : "";
    attribute(svg, "class", `tank${state ? ` ${state}` : ""}${known ? "" : " unknown"}${tone}${isOver ? " over" : ""}`);
    const hatchFrom = state === "maintenance" ? 0 : level;
    place(svg.querySelector(".tank-liquid"), level);
    place(svg.querySelector(".tank-hatched"), hatchFrom);
    place(svg.querySelector(".tank-surface"), level);
    place(svg.querySelector(".tank-over"), level);
    attribute(svg.querySelector(".tank-over"), "height", isOver ? (heightOf(limits[broken]) - level).toFixed(1) : "0");
    const roof = svg.querySelector(".tank-roof");
    if (roof) place(roof, level - 5);
    for (const mark of svg.querySelectorAll(".tank-limit")) attribute(mark, "class", mark.dataset.limit === broken ? "tank-limit hit" : "tank-limit");
  };

  /* ---- Range bar -------------------------------------------------------------------------------------------------- */

  const share = (value, low, high) => clamp((value - low) / (high - low || 1));

  /** Range as a thin line, normal band 低–高 thick, ticks at 低低 and 高高, pointer at the value: {low, high, ll, l, h, hh, value, state, width}.
   *  `state` is "", low_low, low, high, high_high or stale. Limits in the point's unit, null where there is none. */
  draw.range = function ({ low, high, ll = null, l = null, h = null, hh = null, value = null, state = "", width = 76, height = 16 }) {
    const at = (number) => (4 + (width - 8) * share(number, low, high)).toFixed(1);
    const y = height - 5;
    const [from, to] = [at(l ?? ll ?? low), at(h ?? hh ?? high)];
    const ticks = [ll, hh].filter((limit) => limit !== null && limit !== undefined).map((limit) => `<path class="range-tick" d="M${at(limit)} ${y - 4}v8"/>`).join("");
    const text =
      `<svg class="range" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" data-low="${Number(low)}" data-high="${Number(high)}" data-width="${width}" aria-hidden="true">` +
      `<rect class="range-line" x="4" y="${y - 1}" width="${width - 8}" height="2.5"/><rect class="range-band" x="${from}" y="${y - 2.5}" width="${Math.max(0, to - from).toFixed(1)}" height="5"/>` +
      `${ticks}<path class="range-pointer" d="M0 ${y + 1}l-4.5-8h9z"/></svg>`;
    const made = element(text);
    draw.range.set(made, { value, state });
    return made.outerHTML;
  };

  /** Move the pointer of a range bar; no value, no pointer. */
  draw.range.set = function (svg, { value, state = "" }) {
    const { low, high, width } = svg.dataset;
    const known = value !== null && value !== undefined && Number.isFinite(value);
    const tone = state === "high_high" || state === "low_low" ? " level-1" : state === "high" || state === "low" ? " level-2" : state ? ` ${state}` : "";
    attribute(svg, "class", `range${tone}${known ? "" : " unknown"}`);
    if (known) attribute(svg.querySelector(".range-pointer"), "transform", `translate(${(4 + (width - 8) * share(value, Number(low), Number(high))).toFixed(1)} 0)`);
  };

  /* ---- Sparkline -------------------------------------------------------------------------------------------------- */

  /** A line of equally spaced values, null where data are missing; `limit` is dashed when it lies in sight. */
  draw.spark = function (values, limit = null, { width = 150, height = 26, state = "" } = {}) {
    const made = element(
      `<svg class="spark" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" data-width="${width}" data-height="${height}" aria-hidden="true">` +
      '<path class="spark-limit"/><path class="spark-line"/><circle class="spark-end" r="2.5"/></svg>');
    draw.spark.set(made, { values, limit, state });
    return made.outerHTML;
  };

  draw.spark.set = function (svg, { values, limit = null, state = "" }) {
    const [width, height] = [Number(svg.dataset.width), Number(svg.dataset.height)];
    const seen = values.filter((value) => value !== null && value !== undefined);
    attribute(svg, "class", `spark${state ? ` ${state}` : ""}${seen.length ? "" : " unknown"}`);
    if (!seen.length) return;
    let [low, high] = [Math.min(...seen), Math.max(...seen)];
    // A quiet tank must look quiet: the span is never smaller than a twentieth of what it shows.
    const least = Math.max(Math.abs(high) * 0.05, 1e-6);
    if (high - low < least) { const middle = (high + low) / 2; [low, high] = [middle - least / 2, middle + least / 2]; }
    const near = limit !== null && limit !== undefined && limit > low - (high - low) * 2 && limit < high + (high - low) * 2;
    if (near) [low, high] = [Math.min(low, limit), Math.max(high, limit)];
    const x = (i) => ((i / Math.max(1, values.length - 1)) * (width - 6) + 2).toFixed(1);
    const y = (value) => (height - 4 - ((value - low) / (high - low)) * (height - 8)).toFixed(1);
    let path = "";
    let pen = false;
    values.forEach((value, i) => {
      if (value === null || value === undefined) { pen = false; return; }
      path += `${pen ? "L" : "M"}${x(i)} ${y(value)}`;
      pen = true;
    });
    const last = values.findLastIndex((value) => value !== null && value !== undefined);
    attribute(svg.querySelector(".spark-line"), "d", path);
    attribute(svg.querySelector(".spark-limit"), "d", near ? `M0 ${y(limit)}H${width}` : "");
    attribute(svg.querySelector(".spark-end"), "cx", x(last));
    attribute(svg.querySelector(".spark-end"), "cy", y(values[last]));
  };

  /* ---- Blinking ---------------------------------------------------------------------------------------------------- */

  /* Everything that blinks does so in one phase: 1 at 1 Hz, 2 at 0.5 Hz, 60 % on. Two classes on the page do it, not CSS
   * animations: those compose the whole page sixty times a second, which a wall's PC without a GPU does not bear. */
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  function beat() {
    const root = document.documentElement.classList;
    const at = Date.now();
    root.toggle("dim-1", !still.matches && at % 1000 >= 600);
    root.toggle("dim-2", !still.matches && at % 2000 >= 1200);
    const next = [600, 1000, 1200, 1600, 2000].find((edge) => edge > at % 2000);
    setTimeout(beat, next - (at % 2000));
  }
  beat();

  /* ---- Elements --------------------------------------------------------------------------------------------------- */

  /** The element that HTML or SVG text describes. */
  function element(text) {
    const holder = document.createElement("template");
    holder.innerHTML = text;
    return holder.content.firstElementChild;
  }
  draw.element = element;

  function attribute(node, name, value) {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }

  function place(node, y) {
    attribute(node, "y", y.toFixed(1));
  }
})();
