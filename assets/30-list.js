/* Lists in the browser: the address is the state. Links, search, order and pages change the address; the server then sends
   the rows of that address, and the grid stays where it is. Callbacks: dashboard/resource_answers.py. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const RECORD = ["open", "do", "tab"]; // the part of the address that belongs to the drawer

  /* ---- Cells ------------------------------------------------------------------------------------------------------ */

  const draw = (tag, props, ...children) => window.React.createElement(tag, props, ...children);
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});

  functions.keepOrder = () => 0; // the server has put the rows in order

  /* What remains until a deadline is told by shape and words, never by colour alone. */
  const DUE = { red: "exclamation-triangle-fill", orange: "clock-fill", green: "check-circle-fill" };

  cells.ParkCell = function (props) {
    const value = props.value ?? "";
    const words = typeof value === "object" ? value.w : String(value);
    const title = (typeof value === "object" && value.h) || (words.length > 12 ? words : undefined);
    const tone = typeof value === "object" ? value.t : "";
    if (props.look === "link") return draw("a", { href: props.data.href, "data-list": "1", title }, words);
    if (value.u) return draw("a", { href: value.u, title }, words);
    if (props.look === "tag" && typeof value === "object") return draw("span", { className: `tag ${tone}`, title }, words);
    if (props.look === "dot") return draw("span", { className: "dotted", title }, draw("i", { className: `dot ${tone}` }), words);
    if (props.look === "due" && value.t !== undefined) return draw("span", { className: `due ${tone}`, title }, DUE[tone] ? draw("i", { className: `bi bi-${DUE[tone]}`, "aria-hidden": "true" }) : null, words);
    if (props.look === "bar") return draw("span", { className: "cell-bar", title }, draw("i", { className: tone, style: { "--p": `${value.p}%` } }), words);
    if (props.look === "phone" && /\d/.test(words)) return draw("a", { href: `tel:${words}`, "data-plain": "1" }, words);
    return draw("span", { className: props.look === "muted" ? "muted" : undefined, title }, words);
  };

  /* 查看 and the first verb stand in the row, the rest under 更多 (31-list-verbs.js opens it). */
  cells.ParkActs = function (props) {
    const acts = props.value || [];
    const most = acts.length === props.most + 1 ? props.most + 1 : props.most;
    const link = ([href, words, tone, why]) => why
      ? draw("span", { key: words, className: "off-verb", title: why }, words)
      : draw("a", { key: words, href, "data-list": "1", className: tone ? "t-danger" : undefined }, words);
    const more = acts.slice(most);
    const button = more.length ? draw("button", { key: "more", type: "button", className: "link more-verbs", "data-verbs": JSON.stringify(more), "aria-haspopup": "menu" }, "更多", draw("i", { className: "bi bi-chevron-down" })) : null;
    return draw("span", { className: "acts" }, ...acts.slice(0, most).map(link), button);
  };

  /* ---- The list of this page -------------------------------------------------------------------------------------- */

  const root = () => document.querySelector(".resource-page");
  const id = (kind, list) => ({ t: kind, k: list.dataset.resource });
  const tell = (kind, list, data) => window.dash_clientside.set_props(id(kind, list), data);
  const queryHere = () => Object.fromEntries(new URLSearchParams(location.search));
  const part = (query, ofRecord) => JSON.stringify(Object.entries(query).filter(([name]) => RECORD.includes(name) === ofRecord).sort());

  /** Bring list and drawer to what the address says; ``again`` reads the rows also when the address has not changed. */
  function follow(again) {
    const list = root();
    if (!list || list.dataset.path !== location.pathname) return;
    const query = queryHere();
    keepInTab();
    const rows = part(query, false);
    const record = part(query, true);
    if (again || rows !== list.parkRows) {
      list.parkRows = rows;
      tell("list-query", list, { data: { query, at: Date.now() } });
      wait(list);
      showOrder(list, query.sort);
    }
    if (record !== list.parkRecord) {
      list.parkRecord = record;
      if (query.open || query.do) tell("list-opened", list, { data: { query, at: Date.now() } });
      else tell("list-drawer", list, { children: [] });
    }
  }

  /** After 300 ms without an answer the rows step back and say that they are being read. */
  function wait(list) {
    clearTimeout(list.parkWait);
    list.parkWait = setTimeout(() => list.classList.add("waiting"), 300);
  }

  /** The opened tab of this page leads back to what it shows now. */
  function keepInTab() {
    try {
      const tabs = JSON.parse(sessionStorage.getItem("park.tabs") || "[]");
      const mine = tabs.find((tab) => tab.href.split("?")[0] === location.pathname);
      if (mine) mine.href = location.pathname + location.search;
      sessionStorage.setItem("park.tabs", JSON.stringify(tabs));
    } catch (error) { /* private window: not remembered */ }
  }

  function go(href) {
    if (!mayLeave()) return;
    history.pushState({}, "", href);
    follow(false);
  }

  function mount() {
    const list = root();
    if (!list || list.parkRows !== undefined) return;
    const query = queryHere();
    list.parkRows = part(query, false);
    list.parkRecord = part(query, true);
    try { list.classList.toggle("unfolded", localStorage.getItem(`park.unfold.${list.dataset.resource}`) === "1"); } catch (error) { /* not remembered */ }
    listenToGrid(list);
    document.dispatchEvent(new CustomEvent("park:list", { detail: list }));
  }
  document.addEventListener("park:page", () => requestAnimationFrame(mount));
  window.addEventListener("popstate", () => setTimeout(() => follow(false)));
  window.addEventListener("_dashprivate_pushstate", () => setTimeout(() => follow(false)));

  /* ---- Order ------------------------------------------------------------------------------------------------------ */

  const orderOf = (api) => {
    const column = api.getColumnState().find((one) => one.sort);
    return column ? (column.sort === "desc" ? "-" : "") + column.colId : "";
  };

  function listenToGrid(list) {
    window.dash_ag_grid?.getApiAsync(id("list-grid", list)).then((api) => {
      list.parkGrid = api;
      document.dispatchEvent(new CustomEvent("park:grid", { detail: list }));
      const told = () => document.dispatchEvent(new CustomEvent("park:rows", { detail: list }));
      api.addEventListener("rowDataUpdated", () => {
        clearTimeout(list.parkWait);
        list.classList.remove("waiting");
        told();
      });
      told();
      list.parkOrder = orderOf(api);
      api.addEventListener("sortChanged", () => {
        const order = orderOf(api);
        if (order === list.parkOrder) return;
        list.parkOrder = order;
        go(changed({ sort: order, page: "", open: "", do: "", tab: "" }));
      });
    });
  }

  /** Show the address's order in the heads, after 后退 for instance. */
  function showOrder(list, sort) {
    if (!list.parkGrid || !sort || sort === list.parkOrder) return;
    list.parkOrder = sort;
    list.parkGrid.applyColumnState({ state: [{ colId: sort.replace("-", ""), sort: sort.startsWith("-") ? "desc" : "asc" }], defaultState: { sort: null } });
  }

  function changed(values) {
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(values)) if (value) query.set(name, value); else query.delete(name);
    const text = query.toString();
    return location.pathname + (text ? `?${text}` : "");
  }

  /* ---- What a person does ----------------------------------------------------------------------------------------- */

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest && event.target.closest(selector);
    const list = root();
    if (!list) return;
    const link = at("a[data-list]");
    // A row may lead to a page of its own: that is an ordinary link, which the shell follows.
    if (link && link.pathname === list.dataset.path && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      return go(link.getAttribute("href"));
    }
    if (at("[data-list-refresh]")) follow(true);
    if (at("[data-unfold]")) unfold(list);
    if (at("[data-step]")) step(list, Number(at("[data-step]").dataset.step));
    if (at("[data-copy-link]")) copy(location.href);
  }, true);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const list = root();
    if (!list) return;
    if (form.dataset.listSearch) {
      event.preventDefault();
      const typed = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
      go(changed({ ...typed, page: "", open: "", do: "", tab: "" }));
    }
  }, true);

  document.addEventListener("change", (event) => {
    if (event.target.matches("select[data-list-go]")) go(event.target.value);
  });

  document.addEventListener("keydown", (event) => {
    const list = root();
    if (!list) return;
    if (event.key === "Enter" && event.target.closest(".pager-to")) jump(event.target);
    if (event.key === "Escape" && !event.defaultPrevented && (queryHere().open || queryHere().do) && !document.querySelector("details[open].person")) go(changed({ open: "", do: "", tab: "" }));
  });

  function jump(input) {
    const last = Number(input.closest(".pager-to").dataset.last);
    const wanted = Math.min(Math.max(1, parseInt(input.value, 10) || 1), last);
    go(changed({ page: wanted > 1 ? String(wanted) : "", open: "", do: "", tab: "" }));
  }

  function unfold(list) {
    const open = list.classList.toggle("unfolded");
    try { localStorage.setItem(`park.unfold.${list.dataset.resource}`, open ? "1" : ""); } catch (error) { /* not remembered */ }
  }

  /** The rows of the page that is shown, in their order. */
  function rows(list) {
    const found = [];
    list.parkGrid?.forEachNode((node) => found.push(node.data));
    return found;
  }

  function step(list, by) {
    const ids = rows(list).map((row) => row.id);
    const next = ids[ids.indexOf(queryHere().open) + by];
    if (next) go(changed({ open: next, do: "" }));
    else park.shell.show({ kind: "info", text: by > 0 ? "已是本页最后一条" : "已是本页第一条" });
  }

  /* The clipboard interface exists on https and localhost only; a park's own network is often neither. */
  function copy(text) {
    const done = () => park.shell.show({ kind: "success", text: "链接已复制" });
    if (navigator.clipboard) return navigator.clipboard.writeText(text).then(done);
    const box = park.shell.element("textarea", {});
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
    done();
  }

  const mayLeave = () => !park.form || park.form.mayLeave();

  park.list = { root, tell, go, follow, changed, queryHere, part, rows };
})();
