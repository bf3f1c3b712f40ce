/* What a person does with many rows: ticking (kept over pages), the verbs that need ticks, columns, 更多, questions in a box. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const { element } = park.shell;
  const list = () => park.list && park.list.root();

  /* ---- Ticks ------------------------------------------------------------------------------------------------------ */

  /** Ticked ids with their names, kept over pages of the same list. */
  const ticksOf = (page) => (page.parkTicks = page.parkTicks || new Map());

  document.addEventListener("park:grid", (event) => {
    const page = event.detail;
    const api = page.parkGrid;
    api.addEventListener("selectionChanged", (change) => { if (change.source !== "api" && change.source !== "rowDataChanged") readTicks(page); });
    api.addEventListener("rowDataUpdated", () => { showTicks(page); drawTicks(page); });
    showColumns(page);
    drawTicks(page);
  });

  function readTicks(page) {
    const ticks = ticksOf(page);
    page.parkGrid.forEachNode((node) => { if (node.isSelected()) ticks.set(node.data.id, node.data.name); else ticks.delete(node.data.id); });
    drawTicks(page);
  }

  function showTicks(page) {
    const ticks = ticksOf(page);
    page.parkGrid.forEachNode((node) => { if (node.isSelected() !== ticks.has(node.data.id)) node.setSelected(ticks.has(node.data.id), false, "api"); });
  }

  function untick(page) {
    ticksOf(page).clear();
    if (page.parkGrid) page.parkGrid.deselectAll("all", "api");
    drawTicks(page);
  }

  /** Enable the verbs that need ticks and say how many rows they will take. */
  function drawTicks(page) {
    const number = ticksOf(page).size;
    page.querySelectorAll("[data-ticks]").forEach((button) => {
      const one = button.hasAttribute("data-tick-open");
      button.disabled = one ? number !== 1 : number === 0;
      button.title = button.disabled ? (one ? "请勾选一条" : "请先勾选") : "";
      const shown = button.querySelector(".tick-number");
      if (shown) shown.textContent = !one && number ? `(${number.toLocaleString("en-US")})` : "";
    });
    const told = page.querySelector(".ticked");
    if (told) { told.hidden = number === 0; told.querySelector(".tick-count").textContent = number.toLocaleString("en-US"); }
  }

  /* The toolbar is drawn again with every answer: its buttons then start without ticks. */
  document.addEventListener("park:list", (event) => {
    const page = event.detail;
    const tools = page.querySelector(".toolbar");
    if (tools) new MutationObserver(() => { drawTicks(page); markColumns(page); }).observe(tools, { childList: true });
  });

  /* ---- Verbs ------------------------------------------------------------------------------------------------------ */

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest && event.target.closest(selector);
    if (!at("[data-verbs]")) closeVerbs();
    if (!at(".columns")) document.querySelectorAll("details.columns[open]").forEach((open) => open.removeAttribute("open"));
    const page = list();
    if (!page) return;
    const ids = () => [...ticksOf(page).keys()];
    const send = (data) => park.list.tell("list-submit", page, { data: { ...data, query: park.list.queryHere(), at: Date.now() } });
    const verb = at("button");
    if (!verb) return;
    if (verb.dataset.export) send({ do: "export", ids: verb.dataset.export === "ticked" ? ids() : "" });
    if (verb.dataset.tickOpen) park.list.go(park.list.changed({ open: ids()[0], do: verb.dataset.tickOpen, tab: "" }));
    if (verb.dataset.batch) park.list.tell("list-batch", page, { data: { do: verb.dataset.batch, ids: ids(), query: park.list.queryHere(), at: Date.now() } });
    if (verb.dataset.untick) untick(page);
    if (verb.dataset.verbs) openVerbs(verb);
  });

  function closeVerbs() { document.querySelectorAll(".verbs-menu").forEach((menu) => menu.remove()); }

  /** The rest of a row's verbs, in a menu that no grid clips. */
  function openVerbs(button) {
    const was = button.getAttribute("aria-expanded") === "true";
    closeVerbs();
    document.querySelectorAll("[data-verbs][aria-expanded]").forEach((one) => one.removeAttribute("aria-expanded"));
    if (was) return;
    button.setAttribute("aria-expanded", "true");
    const links = JSON.parse(button.dataset.verbs).map(([href, words, tone, why]) => why
      ? element("span", { role: "menuitem", "aria-disabled": "true", tabindex: "0", title: why, class: "off-verb" }, words)
      : element("a", { href, "data-list": "1", role: "menuitem", class: tone ? "t-danger" : "" }, words));
    const menu = element("div", { class: "menu verbs-menu", role: "menu" }, ...links);
    document.body.append(menu);
    const place = button.getBoundingClientRect();
    const below = place.bottom + menu.offsetHeight + 8 < innerHeight;
    menu.style.left = `${Math.min(place.left, innerWidth - menu.offsetWidth - 12)}px`;
    menu.style.top = `${below ? place.bottom + 4 : place.top - menu.offsetHeight - 4}px`;
    links[0].focus();
  }

  document.addEventListener("keydown", (event) => {
    const menu = document.querySelector(".verbs-menu");
    if (menu && event.key === "Escape") { event.preventDefault(); closeVerbs(); }
    if (menu && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const links = [...menu.children];
      const next = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      links[(next + links.length) % links.length].focus();
    }
  }, true);

  /* ---- Columns ---------------------------------------------------------------------------------------------------- */

  const columnsKey = (page) => `park.columns.${page.dataset.user}.${page.dataset.resource}`;

  function kept(page) {
    try { return JSON.parse(localStorage.getItem(columnsKey(page)) || "{}"); } catch (error) { return {}; }
  }

  /** Show and hide the columns as this person left them. */
  function showColumns(page) {
    for (const [name, isShown] of Object.entries(kept(page))) page.parkGrid.setColumnsVisible([name], isShown);
    markColumns(page);
  }

  function markColumns(page) {
    if (!page.parkGrid) return;
    page.querySelectorAll("[data-column]").forEach((button) => {
      const column = page.parkGrid.getColumn(button.dataset.column);
      if (column) button.setAttribute("aria-checked", String(column.isVisible()));
    });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("[data-column]");
    const page = list();
    if (!button || !page || !page.parkGrid) return;
    const isShown = button.getAttribute("aria-checked") !== "true";
    page.parkGrid.setColumnsVisible([button.dataset.column], isShown);
    try { localStorage.setItem(columnsKey(page), JSON.stringify({ ...kept(page), [button.dataset.column]: isShown })); } catch (error) { /* not remembered */ }
    markColumns(page);
  });

  /* ---- The box with a question or an outcome ---------------------------------------------------------------------- */

  function closeDialog() {
    const page = list();
    if (page) park.list.tell("list-dialog", page, { children: [] });
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest("[data-dialog-close]")) closeDialog();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.querySelector(".dialog")) { event.preventDefault(); event.stopPropagation(); closeDialog(); }
  }, true);
})();
