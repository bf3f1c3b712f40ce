/* Controls of forms. The server says what a field is (data-control, dashboard/blocks/inputs.py), this draws it, again whenever
   the description changes or the server draws the page anew. React owns the place and nothing in it.

   park.mount(attribute, draw)    call draw(host, description) for every element that carries the attribute, now and later
   park.inputs.kinds[kind]        (spec, host) => nodes; the last of them ends in an input named spec.name
   park.inputs.fill(root, texts)  put texts into the controls of those names, as when a draft is brought back
   park.inputs.set(root, name, text)  the same for one */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const inputs = (park.inputs = park.inputs || {});
  const kinds = (inputs.kinds = inputs.kinds || {});
  let numbers = 0;

  /* ---- Elements ---------------------------------------------------------------------------------------------------- */

  /** An element with attributes (null and false are left out, true is empty) and children. */
  const el = (inputs.element = function (tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
    return made;
  });
  inputs.glyph = (name) => el("i", { class: `bi bi-${name}`, "aria-hidden": "true" });
  inputs.unique = (stem) => `${stem}-${++numbers}`;
  const idOf = (inputs.idOf = (spec) => spec.id || `field-${spec.name}`);

  /** Tell the form that the value of a hidden input is another one. */
  inputs.changed = function (input) {
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };

  /* ---- Finding the places ------------------------------------------------------------------------------------------ */

  const mounts = new Map();

  function look(host, attribute) {
    const text = host.getAttribute(attribute);
    if (text === null || host.parkDrawn === text) return;
    host.parkDrawn = text;
    mounts.get(attribute)(host, JSON.parse(text));
  }

  function lookBelow(root) {
    for (const attribute of mounts.keys()) {
      if (root.matches && root.matches(`[${attribute}]`)) look(root, attribute);
      for (const host of root.querySelectorAll(`[${attribute}]`)) look(host, attribute);
    }
  }

  const watcher = new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "attributes") look(change.target, change.attributeName);
      else for (const node of change.addedNodes) if (node.nodeType === 1) lookBelow(node);
    }
  });

  park.mount = function (attribute, draw) {
    mounts.set(attribute, draw);
    watcher.observe(document.documentElement, { childList: true, subtree: true, attributeFilter: [...mounts.keys()] });
    for (const host of document.querySelectorAll(`[${attribute}]`)) look(host, attribute);
  };

  /** Draw a field into its place. */
  inputs.draw = function (host, spec) {
    host.parkSpec = spec;
    host.className = `control control-${spec.kind}${spec.compact ? " compact" : ""}`;
    host.replaceChildren(...(spec.fixed === undefined ? kinds[spec.kind](spec, host) : fixed(spec)));
  };

  inputs.fill = function (root, texts) {
    for (const host of root.querySelectorAll("[data-control]")) {
      const spec = host.parkSpec;
      if (!spec || spec.fixed !== undefined || !(spec.name in texts || spec.partner in texts)) continue;
      const held = (name) => (name in texts ? texts[name] : (host.querySelector(`[name="${name}"]`) || {}).value || "");
      inputs.draw(host, { ...spec, text: held(spec.name), partner_text: spec.partner ? held(spec.partner) : "", shown: null });
    }
    for (const host of root.querySelectorAll("[data-rows]")) if (host.parkName in texts) host.parkFill(texts[host.parkName]);
    root.dispatchEvent(new CustomEvent("park:filled", { bubbles: true }));
  };
  inputs.set = (root, name, text) => inputs.fill(root, { [name]: text });

  /* ---- Plain fields ------------------------------------------------------------------------------------------------ */

  const marks = (inputs.marks = (spec) => ({
    id: idOf(spec),
    name: spec.name,
    "aria-label": spec.spoken ? spec.label : null,
    "aria-required": spec.required ? "true" : null,
    "aria-invalid": spec.wrong ? "true" : null,
    "aria-describedby": spec.wrong ? spec.mistake || `mistake-${spec.name}` : null,
  }));
  const look_ = (spec, name) => `${name}${spec.wrong ? " wrong" : ""}`;

  function plain(type, extra) {
    return (spec) => {
      const input = el("input", { ...marks(spec), type, class: look_(spec, "input"), maxlength: spec.max, autocomplete: "off", ...extra });
      input.value = spec.text;
      return [input];
    };
  }

  function fixed(spec) {
    return [el("div", { id: idOf(spec), class: "input off", tabindex: "-1" }, spec.fixed || "—", spec.unit && spec.fixed ? ` ${spec.unit}` : "")];
  }

  kinds.text = plain("text");
  kinds.phone = plain("tel", { inputmode: "tel", maxlength: 30 });
  kinds.date = plain("date", { min: "1900-01-01", max: "2200-12-31" });
  kinds.instant = plain("datetime-local", { min: "1900-01-01T00:00", max: "2200-12-31T23:59" });

  /* The unit stands in the box; a click on it goes to the number. */
  kinds.number = function (spec) {
    const input = el("input", { ...marks(spec), type: "text", inputmode: "decimal", maxlength: 24, autocomplete: "off" });
    input.value = spec.text;
    const box = el("label", { class: look_(spec, "input with-unit") }, input, el("span", { class: "unit" }, spec.unit));
    return [box];
  };

  kinds.money = function (spec) {
    const nodes = kinds.number(spec);
    const input = nodes[0].firstElementChild;
    const grouped = () => {
      const [, sign, whole, rest] = /^([+-]?)(\d+)(\.\d*)?$/.exec(input.value.trim().replace(/[,，]/g, "")) || [];
      if (whole) input.value = sign + whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest || "");
    };
    grouped();
    input.addEventListener("blur", grouped);
    return nodes;
  };

  kinds.long = function (spec) {
    const area = el("textarea", { ...marks(spec), rows: 3, maxlength: spec.max, class: look_(spec, "input") });
    area.value = spec.text;
    const count = el("span", { class: "counter", "aria-hidden": "true" });
    const say = () => {
      const length = [...area.value].length;
      count.textContent = spec.max ? `${length} / ${spec.max}` : `${length} 字`;
      area.style.height = "auto";
      if (area.scrollHeight > area.clientHeight) area.style.height = `${Math.min(area.scrollHeight + 2, 320)}px`;
    };
    area.addEventListener("input", say);
    requestAnimationFrame(say);
    return [el("div", { class: "long" }, area, count)];
  };

  /* ---- Choices ----------------------------------------------------------------------------------------------------- */

  kinds.select = function (spec) {
    const first = el("option", { value: "" }, spec.empty || "请选择");
    const select = el("select", { ...marks(spec), class: look_(spec, "form-select") }, first, spec.choices.map(([code, word]) => el("option", { value: code }, word)));
    select.value = spec.text;
    return [el("div", { class: "folded" }, select, inputs.glyph("chevron-down"))];
  };

  /* Radios belong to no form, so that the one named input always says what is chosen, also when nothing is. */
  kinds.radio = function (spec) {
    if (spec.compact) return kinds.select(spec);
    const value = el("input", { type: "hidden", name: spec.name });
    value.value = spec.text;
    const group = inputs.unique("radio");
    const choose = (code) => { value.value = code; clear.hidden = !code; inputs.changed(value); };
    const radios = spec.choices.map(([code, word]) => {
      const input = el("input", { type: "radio", name: group, form: "no-form", value: code });
      input.checked = code === spec.text;
      input.addEventListener("change", () => choose(code));
      return el("label", { class: "radio" }, input, word);
    });
    const clear = el("button", { type: "button", class: "link" }, "清除");
    clear.hidden = !spec.text;
    clear.addEventListener("click", () => {
      radios.forEach((one) => { one.firstElementChild.checked = false; });
      choose("");
      radios[0].firstElementChild.focus();
    });
    const { name, ...rest } = marks(spec);
    const box = el("div", { ...rest, "aria-label": spec.label, role: "radiogroup", tabindex: "-1", class: look_(spec, "radios") }, radios, spec.required ? null : clear);
    return [box, value];
  };

  /* A label leads to the first radio; a mistake's link leads to the group, and on to what is chosen in it. */
  document.addEventListener("focusin", (event) => {
    if (event.target.matches && event.target.matches(".radios")) (event.target.querySelector("input:checked") || event.target.querySelector("input")).focus();
  });
  document.addEventListener("click", (event) => {
    const label = event.target.closest && event.target.closest("label[for]");
    const group = label && document.getElementById(label.htmlFor);
    if (group && group.matches(".radios, .place, .polygon")) group.focus();
  });

  park.mount("data-control", inputs.draw);
})();
