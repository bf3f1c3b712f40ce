/* The diagram of a workflow over the whole screen (data-flow-large): as wide as fits, larger step by step, dragged with the mouse. Who
   holds a step stands below it. */
(() => {
  "use strict";
  const { element: el, glyph } = window.park.inputs;
  const SVG = "http://www.w3.org/2000/svg";
  const SIZES = [0.5, 0.75, 1, 1.25, 1.5, 2, 3];
  const LONGEST = 12;

  function drawing(host) {
    const svg = host.querySelector("svg").cloneNode(true);
    const { nodes } = JSON.parse(host.dataset.flow);
    svg.removeAttribute("style");
    [...svg.querySelectorAll(".flow-node")].forEach((group, number) => {
      const rect = group.querySelector("rect");
      const { who } = nodes[number];
      if (!who) return;
      const text = document.createElementNS(SVG, "text");
      text.setAttribute("class", "flow-who");
      text.setAttribute("x", Number(rect.getAttribute("x")) + Number(rect.getAttribute("width")) / 2);
      text.setAttribute("y", Number(rect.getAttribute("y")) + Number(rect.getAttribute("height")) + 13);
      text.textContent = who.length > LONGEST ? `${who.slice(0, LONGEST - 1)}…` : who;
      group.append(text);
    });
    return svg;
  }

  function open(host, title) {
    const svg = drawing(host);
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    const said = el("span", { class: "cap nowrap", role: "status" });
    const button = (mark, words, act) => { const made = el("button", { type: "button", class: "button square", title: words, "aria-label": words }, glyph(mark)); made.addEventListener("click", act); return made; };
    const stage = el("div", { class: "flow-stage", tabindex: "0", "aria-label": "流程图，可拖动" });
    stage.append(svg);
    let scale = 1;
    const fitting = () => Math.min((stage.clientWidth - 32) / width, (stage.clientHeight - 32) / height);
    function size(wanted) {
      scale = Math.min(Math.max(wanted, 0.25), 4);
      svg.style.width = `${width * scale}px`;
      svg.style.height = `${height * scale}px`;
      said.textContent = `${Math.round(scale * 100)} %`;
    }
    const smaller = button("dash-lg", "缩小", () => size([...SIZES].reverse().find((one) => one < scale - 0.01) || scale));
    const larger = button("plus-lg", "放大", () => size(SIZES.find((one) => one > scale + 0.01) || scale));
    const fit = el("button", { type: "button", class: "button" }, "适合窗口");
    fit.addEventListener("click", () => size(fitting()));
    const shut = button("x-lg", "关闭", () => view.close());
    const legend = host.parentElement.querySelector(".flow-legend").cloneNode(true);
    legend.querySelectorAll("button").forEach((one) => one.remove());
    const view = el("dialog", { class: "flow-large", "aria-label": `${title}流程图` }, el("header", {}, el("b", {}, title), legend, el("span", { class: "row-line end" }, said, smaller, larger, fit, shut)), stage);
    view.addEventListener("close", () => view.remove());
    view.addEventListener("click", (event) => { if (event.target === view) view.close(); });
    drag(stage);
    document.body.append(view);
    view.showModal();
    size(fitting());
    stage.focus();
  }

  function drag(stage) {
    let from = null;
    stage.addEventListener("pointerdown", (event) => { if (event.pointerType !== "mouse" || event.button) return; from = [event.clientX + stage.scrollLeft, event.clientY + stage.scrollTop]; stage.setPointerCapture(event.pointerId); stage.classList.add("dragged"); });
    stage.addEventListener("pointermove", (event) => { if (from) stage.scrollTo(from[0] - event.clientX, from[1] - event.clientY); });
    for (const kind of ["pointerup", "pointercancel"]) stage.addEventListener(kind, () => { from = null; stage.classList.remove("dragged"); });
  }

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest && event.target.closest("[data-flow-large]");
    if (!pressed) return;
    const host = pressed.closest(".flow-diagram").querySelector(".flow-drawing");
    const head = document.querySelector(".case-title h2");
    open(host, head ? head.textContent : "流程图");
  });
})();
