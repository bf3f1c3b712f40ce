/* The page of a case: its diagram, its tabs, the forms behind its buttons, the phrases of its opinion. */
(() => {
  "use strict";

  const WIDE = 108, HIGH = 34, GAP_X = 40, GAP_Y = 34, EDGE = 26;
  const SVG = "http://www.w3.org/2000/svg";

  function shape(name, attributes, ...children) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  /* ---- Diagram: nodes stand on a grid, arrows go along its gutters ------------------------------------------------- */

  const left = (at) => EDGE + at[0] * (WIDE + GAP_X);
  const top = (at) => EDGE / 2 + at[1] * (HIGH + GAP_Y);

  /** The corners of an arrow between two places of the grid. Ways back stay clear of the ways there. */
  function route(from, to, back) {
    const dx = to[0] - from[0], dy = to[1] - from[1];
    const middle = (at) => [left(at) + WIDE / 2, top(at) + HIGH / 2];
    const [fx, fy] = middle(from), [tx, ty] = middle(to);
    const aside = back ? 9 : 0;
    if (dy === 0 && Math.abs(dx) === 1) return [[fx + Math.sign(dx) * WIDE / 2, fy + aside], [tx - Math.sign(dx) * WIDE / 2, ty + aside]];
    if (dx === 0 && (Math.abs(dy) > 1 || back)) {
      const lane = left(from) + WIDE + 14;
      return [[left(from) + WIDE, fy], [lane, fy], [lane, ty], [left(to) + WIDE, ty]];
    }
    if (dx === 0) return [[fx, fy + Math.sign(dy) * HIGH / 2], [tx, ty - Math.sign(dy) * HIGH / 2]];
    const down = dy >= 0 ? 1 : -1, start = fx + Math.sign(dx) * 26 + aside, end = tx - Math.sign(dx) * 26 - aside;
    const gutter = fy + down * (HIGH / 2 + GAP_Y / 2) + (back ? 5 : 0);
    if (dy === 0) return [[start, fy - HIGH / 2], [start, fy - HIGH / 2 - GAP_Y / 2], [end, fy - HIGH / 2 - GAP_Y / 2], [end, ty - HIGH / 2]];
    return [[start, fy + down * HIGH / 2], [start, gutter], [end, gutter], [end, ty - down * HIGH / 2]];
  }

  function arrow(edge, places) {
    const points = route(places[edge.start], places[edge.end], edge.back);
    const [a, b] = points.slice(-2);
    const turn = Math.atan2(b[1] - a[1], b[0] - a[0]) * 180 / Math.PI;
    const look = `flow-edge${edge.taken ? " taken" : ""}${edge.back ? " back" : ""}`;
    const head = shape("path", { d: "M0 0L-8 -4L-8 4Z", transform: `translate(${b[0]} ${b[1]}) rotate(${turn})` });
    const title = shape("title", {});
    title.textContent = edge.label;
    return shape("g", { class: look }, title, shape("polyline", { points: points.map((point) => point.join(",")).join(" ") }), head);
  }

  function box(node) {
    const x = left(node.at), y = top(node.at);
    const text = shape("text", { x: x + WIDE / 2, y: y + HIGH / 2 + 4 });
    text.textContent = node.label;
    const title = shape("title", {});
    title.textContent = node.who ? `${node.label}：${node.who}` : node.label;
    return shape("g", { class: `flow-node ${node.standing}${node.end ? " end" : ""}` }, title, shape("rect", { x, y, width: WIDE, height: HIGH, rx: node.end ? HIGH / 2 : 6 }), text);
  }

  function draw(host) {
    if (host.parkDrawn === host.dataset.flow) return;
    host.parkDrawn = host.dataset.flow;
    const { nodes, edges } = JSON.parse(host.dataset.flow);
    const places = Object.fromEntries(nodes.map((node) => [node.key, node.at]));
    const across = Math.max(...nodes.map((node) => node.at[0])), down = Math.max(...nodes.map((node) => node.at[1]));
    const width = left([across, 0]) + WIDE + EDGE, height = top([0, down]) + HIGH + EDGE / 2;
    const ordered = [...edges].sort((a, b) => Number(a.taken) - Number(b.taken));
    host.replaceChildren(shape("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", style: `max-width:${width * 1.25}px` }, ...ordered.map((edge) => arrow(edge, places)), ...nodes.map(box)));
  }

  /* ---- Tabs, panels, phrases ----------------------------------------------------------------------------------------- */

  function openTab(button) {
    const page = button.closest(".case-main");
    page.querySelectorAll("[data-case-tab]").forEach((one) => { one.classList.toggle("on", one === button); one.setAttribute("aria-selected", String(one === button)); });
    page.querySelectorAll("[data-case-body]").forEach((one) => { one.hidden = one.dataset.caseBody !== button.dataset.caseTab; });
  }

  function openPanel(key) {
    const page = document.querySelector(".case-body");
    page.querySelectorAll(".case-panel").forEach((panel) => {
      if (panel.dataset.casePanel === key) panel.hidden = false;
      else if (panel.querySelector("[data-case-close]")) panel.hidden = true;
    });
    const panel = page.querySelector(`.case-panel[data-case-panel="${CSS.escape(key)}"]`);
    panel.scrollIntoView({ block: "start", behavior: "smooth" });
    const first = panel.querySelector("input:not([type=hidden]),select,textarea,button");
    if (first) first.focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest && event.target.closest("[data-case-tab],[data-case-open],[data-case-close],[data-phrase]");
    if (!pressed) return;
    if (pressed.dataset.caseTab) openTab(pressed);
    else if (pressed.dataset.caseOpen) openPanel(pressed.dataset.caseOpen);
    else if (pressed.dataset.caseClose) pressed.closest(".case-panel").hidden = true;
    else {
      const input = pressed.closest("form").querySelector("[name=opinion]");
      input.value = pressed.dataset.phrase;
      input.focus();
    }
  });

  /** What the server drew anew: diagrams, and on a narrow strip the step at hand. */
  function look() {
    document.querySelectorAll(".flow-drawing[data-flow]").forEach(draw);
    const current = document.querySelector(".flow-strip [aria-current]");
    if (current && !current.parkSeen) {
      current.parkSeen = true;
      const strip = current.parentElement;
      strip.scrollLeft = current.offsetLeft - (strip.clientWidth - current.offsetWidth) / 2;
    }
  }
  let waiting = 0;
  new MutationObserver(() => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(look); }).observe(document.documentElement, { childList: true, subtree: true });
})();
