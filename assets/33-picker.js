/* Choosing records: a box that opens a panel with a search field and a tree or a list. The rows come from /pick (dashboard/picks.py),
   a short table is in the description. Keyboard: arrows, Enter, Esc; → and ← open and close a branch. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const { element: el, glyph, kinds } = park.inputs;
  const WAIT_MS = 250;

  const wordsOf = (one) => one.path || one.word;
  const isPhone = () => window.matchMedia("(max-width: 767px)").matches;

  async function ask(url, query, signal) {
    const response = await fetch(`${url}?${new URLSearchParams(query)}`, { signal, headers: { Accept: "application/json" } });
    const body = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(body.error || "没有取到，请稍后再试。");
    return body;
  }

  /* ---- The box ----------------------------------------------------------------------------------------------------- */

  function picker(spec, host) {
    const value = el("input", { type: "hidden", name: spec.name });
    value.value = spec.text;
    const { name, ...marks } = park.inputs.marks(spec);
    const box = el("input", { ...marks, class: "picker-shown", readonly: true, role: "combobox", "aria-haspopup": spec.kind === "tree" ? "tree" : "listbox", "aria-expanded": "false", autocomplete: "off" });
    const clear = el("button", { type: "button", class: "picker-clear", title: "清除", "aria-label": `清除${spec.label}`, tabindex: "-1" }, glyph("x-circle-fill"));
    const chips = el("span", { class: "chips" });
    const frame = el("div", { class: `input picker${spec.wrong ? " wrong" : ""}${spec.many ? " many" : ""}` }, chips, box, clear, glyph("chevron-down"));
    const state = { spec, host, value, box, frame, shown: spec.shown || [], line: spec.line || [], panel: null };

    state.show = function () {
      const lost = spec.lost && value.value === spec.text ? "原来选的已删除，或不在您的数据范围内" : "";
      clear.hidden = !value.value || Boolean(spec.required && !spec.lost);
      box.placeholder = spec.many && state.shown.length ? "添加" : spec.empty || `请选择${spec.many ? "，可选多个" : ""}`;
      box.value = spec.many ? "" : state.shown.length ? wordsOf(state.shown[0]) : lost;
      box.title = spec.many ? lost : box.value;
      chips.replaceChildren(...(spec.many ? state.shown.map((one) => chip(state, one)) : []));
    };
    state.set = function (shown) {
      state.shown = shown;
      value.value = shown.map((one) => one.id).join(",");
      state.line = [];
      state.show();
      park.inputs.changed(value);
    };
    clear.addEventListener("click", (event) => { event.stopPropagation(); close(state); state.set([]); box.focus(); });
    // Inside a label every click would come a second time, as one on the box.
    frame.addEventListener("click", (event) => event.preventDefault(), true);
    frame.addEventListener("click", (event) => { if (!event.target.closest("button, .picker-panel")) (state.panel ? close : open)(state); });
    box.addEventListener("keydown", (event) => {
      if (["ArrowDown", "Enter", " "].includes(event.key)) { event.preventDefault(); open(state); }
      else if (event.key === "Backspace" && spec.many && state.shown.length) state.set(state.shown.slice(0, -1));
      else if (["Backspace", "Delete"].includes(event.key) && !spec.many && !clear.hidden) state.set([]);
      else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) open(state);
    });
    state.show();
    if (spec.shown === null && value.value) restore(state);
    return [frame, value];
  }

  /** Words for ids that were put in from a draft. */
  function restore(state) {
    ask(state.spec.url, { ids: state.value.value }).then((body) => { state.shown = body.items; state.show(); }, () => { /* the ids stay, and are checked when saved */ });
  }

  function chip(state, one) {
    const off = el("button", { type: "button", title: "移除", "aria-label": `移除${one.word}` }, glyph("x"));
    off.addEventListener("click", (event) => { event.stopPropagation(); state.set(state.shown.filter((each) => each.id !== one.id)); state.box.focus(); });
    return el("span", { class: "chip", title: wordsOf(one) }, one.word, off);
  }

  /* ---- The panel --------------------------------------------------------------------------------------------------- */

  let opened = null;

  function open(state) {
    if (state.panel) return;
    if (opened) close(opened);
    opened = state;
    const id = park.inputs.unique("picker");
    const search = el("input", { type: "search", class: "input", placeholder: `按名称查找${state.spec.title || ""}`, "aria-label": "查找", "aria-controls": id, autocomplete: "off", enterkeyhint: "search" });
    const body = el("div", { class: "picker-body", id, role: state.spec.kind === "tree" ? "tree" : "listbox", "aria-label": state.spec.label });
    const shut = el("button", { type: "button", class: "picker-shut", "aria-label": "关闭" }, glyph("x-lg"));
    const head = el("div", { class: "picker-head" }, el("b", {}, state.spec.label), shut);
    state.panel = el("div", { class: "picker-panel" }, head, el("div", { class: "picker-search" }, search), body);
    Object.assign(state, { search, body, rows: [], at: -1, roots: null, waiting: 0, asking: null });
    shut.addEventListener("click", () => close(state, true));
    search.addEventListener("input", () => { clearTimeout(state.waiting); state.waiting = setTimeout(() => load(state), state.spec.items ? 0 : WAIT_MS); });
    body.addEventListener("click", (event) => onRow(state, event));
    // What is typed to search is no change of the form, and its keys are not the page's.
    for (const kind of ["input", "change"]) state.panel.addEventListener(kind, (event) => event.stopPropagation());
    state.panel.addEventListener("keydown", (event) => onKey(state, event));
    state.frame.append(state.panel);
    state.frame.classList.add("open");
    state.box.setAttribute("aria-expanded", "true");
    place(state);
    search.focus();
    load(state);
  }

  function close(state, back) {
    if (!state.panel) return;
    clearTimeout(state.waiting);
    if (state.asking) state.asking.abort();
    state.panel.remove();
    state.panel = null;
    if (opened === state) opened = null;
    state.frame.classList.remove("open");
    state.box.setAttribute("aria-expanded", "false");
    if (back) state.box.focus();
  }

  /** Below the box or above it, wherever there is room; on a phone CSS makes it a sheet. */
  function place(state) {
    const { panel, frame } = state;
    if (isPhone()) { panel.removeAttribute("style"); return; }
    const around = frame.getBoundingClientRect();
    const width = Math.min(Math.max(around.width, 280), window.innerWidth - 16);
    const below = window.innerHeight - around.bottom - 12;
    const above = around.top - 12;
    const isBelow = below >= 280 || below >= above;
    Object.assign(panel.style, {
      width: `${width}px`,
      left: `${Math.max(8, Math.min(around.left, window.innerWidth - width - 8))}px`,
      maxHeight: `${Math.min(400, isBelow ? below : above)}px`,
      top: isBelow ? `${around.bottom + 4}px` : "auto",
      bottom: isBelow ? "auto" : `${window.innerHeight - around.top + 4}px`,
    });
  }

  document.addEventListener("pointerdown", (event) => { if (opened && !opened.frame.contains(event.target)) close(opened); }, true);
  document.addEventListener("focusin", (event) => { if (opened && !opened.frame.contains(event.target) && opened.frame.isConnected && event.target.matches("a, button, input, select, textarea")) close(opened); });
  window.addEventListener("resize", () => { if (opened) place(opened); });
  setInterval(() => { if (opened && opened.frame.isConnected) place(opened); else if (opened) opened = null; }, 300); // a banner may push the page down
  document.addEventListener("scroll", (event) => { if (opened && !opened.panel.contains(event.target)) place(opened); }, true);

  /* ---- Rows -------------------------------------------------------------------------------------------------------- */

  async function load(state) {
    const q = state.search.value.trim();
    const { spec } = state;
    if (state.asking) state.asking.abort();
    if (spec.items) return list(state, sift(spec.items, q), false);
    state.asking = new AbortController();
    const { signal } = state.asking;
    const late = setTimeout(() => state.body.replaceChildren(note("正在查找…")), 300);
    try {
      if (spec.kind === "tree" && !q) await tree(state, signal);
      else {
        const { items, more } = await ask(spec.url, { q }, signal);
        if (!signal.aborted) list(state, items, more);
      }
    } catch (error) {
      if (!signal.aborted) state.body.replaceChildren(note(error.message || "没有取到，请稍后再试。"));
    } finally { clearTimeout(late); }
  }

  const sift = (items, q) => {
    const parts = q.toLowerCase().split(/\s+/);
    return items.filter((one) => parts.every((part) => `${one.word} ${one.hint || ""}`.toLowerCase().includes(part)));
  };
  const note = (words) => el("p", { class: "picker-note", role: "status" }, words);
  const isOn = (state, one) => state.shown.some((each) => each.id === one.id);

  function row(state, one, level, branch) {
    const made = el("div", {
      class: `picker-row${isOn(state, one) ? " on" : ""}`, id: park.inputs.unique("pick"), role: branch ? "treeitem" : "option", "data-id": one.id,
      "aria-selected": isOn(state, one) ? "true" : "false", "aria-level": branch ? level + 1 : null, "aria-expanded": branch && one.has_children ? String(Boolean(branch.isOpen)) : null,
    });
    made.style.setProperty("--level", level);
    if (branch) made.append(el("span", { class: "picker-fold", "data-fold": true }, one.has_children ? glyph(branch.isOpen ? "chevron-down" : "chevron-right") : null));
    const second = branch ? "" : [one.path && one.path !== one.word ? one.path : "", one.hint].filter(Boolean).join(" · ");
    made.append(el("span", { class: "picker-word" }, el("span", {}, one.word), second ? el("small", {}, second) : null));
    if (isOn(state, one)) made.append(glyph("check-lg"));
    return made;
  }

  function list(state, items, more) {
    state.rows = items.map((one) => ({ one, level: 0, branch: null, node: row(state, one, 0, null) }));
    const q = state.search.value.trim();
    const last = more ? [note(`只显示前 ${items.length} 条，请再输入几个字`)] : [];
    state.body.replaceChildren(...(items.length ? [...state.rows.map((each) => each.node), ...last] : [note(q ? `没有“${q}”这样的${state.spec.title || "记录"}` : `还没有可选的${state.spec.title || "记录"}`)]));
    move(state, items.length ? Math.max(0, items.findIndex((one) => isOn(state, one))) : -1);
  }

  /** The branches that are open, read level by level; at first those on the way to what is chosen, and single ones. */
  async function tree(state, signal) {
    if (!state.roots) {
      state.roots = await branches(state, null, signal);
      let level = state.roots;
      let line = state.line.slice(0, -1);
      while (level.length) {
        const next = level.find((branch) => line.includes(branch.one.id)) || (level.length === 1 && level[0]);
        if (!next || !next.one.has_children) break;
        await unfold(state, next, signal);
        level = next.below;
      }
    }
    if (!signal.aborted) drawTree(state, (state.shown[0] || {}).id);
  }

  async function branches(state, parent, signal) {
    const { items } = await ask(state.spec.url, parent ? { parent } : {}, signal);
    return items.map((one) => ({ one, isOpen: false, below: null }));
  }

  async function unfold(state, branch, signal) {
    branch.below = branch.below || (await branches(state, branch.one.id, signal));
    branch.isOpen = true;
  }

  function drawTree(state, wanted) {
    state.rows = [];
    const walk = (level, depth, above) => level.forEach((branch) => {
      // The path is known here, so a choice shows it at once.
      const path = above ? `${above} / ${branch.one.word}` : branch.one.word;
      state.rows.push({ one: { ...branch.one, path }, level: depth, branch, node: row(state, branch.one, depth, branch) });
      if (branch.isOpen) walk(branch.below, depth + 1, path);
    });
    walk(state.roots, 0, "");
    state.body.replaceChildren(...(state.rows.length ? state.rows.map((each) => each.node) : [note(`还没有可选的${state.spec.title || "记录"}`)]));
    move(state, Math.max(0, state.rows.findIndex((each) => each.one.id === wanted)));
  }

  async function fold(state, each, isOpen) {
    if (!each.branch || !each.one.has_children) return;
    try {
      if (isOpen) await unfold(state, each.branch);
      else each.branch.isOpen = false;
      if (state.panel) drawTree(state, each.one.id);
    } catch (error) { state.body.prepend(note(error.message)); }
  }

  /* ---- What a person does ------------------------------------------------------------------------------------------ */

  function move(state, at) {
    const before = state.rows[state.at];
    if (before) before.node.classList.remove("here");
    state.at = Math.min(Math.max(at, state.rows.length ? 0 : -1), state.rows.length - 1);
    const now = state.rows[state.at];
    if (!now) { state.search.removeAttribute("aria-activedescendant"); return; }
    now.node.classList.add("here");
    now.node.scrollIntoView({ block: "nearest" });
    state.search.setAttribute("aria-activedescendant", now.node.id);
  }

  function aboveOf(state, level) {
    let at = state.at;
    while (at > 0 && state.rows[at].level >= level) at -= 1;
    return at;
  }

  function choose(state, one) {
    const pick = { id: one.id, word: one.word, path: one.path, hint: one.hint };
    if (!state.spec.many) { state.set([pick]); close(state, true); return; }
    state.set(isOn(state, one) ? state.shown.filter((each) => each.id !== one.id) : [...state.shown, pick]);
    const at = state.at;
    if (state.rows.some((each) => each.branch)) drawTree(state, one.id);
    else { list(state, state.rows.map((each) => each.one), false); move(state, at); }
    place(state);
    state.search.focus();
  }

  function onRow(state, event) {
    const node = event.target.closest(".picker-row");
    const each = node && state.rows.find((one) => one.node === node);
    if (!each) return;
    if (event.target.closest("[data-fold]") && each.one.has_children) { fold(state, each, !each.branch.isOpen); state.search.focus(); }
    else choose(state, each.one);
  }

  function onKey(state, event) {
    event.stopPropagation();
    if (event.isComposing) return; // the Enter that ends a Chinese word chooses nothing
    const each = state.rows[state.at];
    const onTree = each && each.branch && !state.search.value;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    if (event.key === "Escape") close(state, true);
    else if (event.key === "Tab") { close(state); return; }
    else if (steps[event.key]) move(state, state.at + steps[event.key]);
    else if (event.key === "Enter") { if (each) choose(state, each.one); }
    else if (event.key === "ArrowRight" && onTree) { if (!each.branch.isOpen) fold(state, each, true); else move(state, state.at + 1); }
    else if (event.key === "ArrowLeft" && onTree) {
      if (each.branch.isOpen) fold(state, each, false);
      else move(state, aboveOf(state, each.level));
    } else return;
    event.preventDefault();
  }

  kinds.tree = picker;
  kinds.pick = picker;
})();
