/* The tree at the left of a list; its choice is in the address. It asks the same source as the pickers (dashboard/picks.py), or, where
   its levels are several kinds of record, dashboard/branches.py: then each branch sets a condition of its own and lifts the others. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const { element } = park.shell;
  const ASK_MS = 250;

  async function items(tree, query) {
    const source = tree.dataset.treeFields ? `/branches/${tree.dataset.tree}` : `/pick/${tree.dataset.tree}/${tree.dataset.treeField}`;
    const answer = await fetch(`${source}?${new URLSearchParams(query)}`);
    return answer.ok ? (await answer.json()).items : [];
  }

  const valueOf = (item) => (item.field ? `${item.field}:${item.id}` : String(item.id));

  function node(tree, item) {
    const toggle = element("button", { type: "button", class: "tree-toggle", "aria-label": "展开", tabindex: "-1" }, item.has_children ? element("i", { class: "bi bi-chevron-right" }) : "");
    const label = element("button", { type: "button", class: "tree-label", "data-id": valueOf(item), title: item.path || item.word }, item.word);
    const row = element("div", { class: "tree-row", role: "treeitem" }, toggle, label);
    const below = element("div", { class: "tree-below", role: "group" });
    const whole = element("div", { class: "tree-node" }, row, below);
    const unfold = async (open) => {
      if (!item.has_children) return;
      whole.classList.toggle("open", open);
      row.setAttribute("aria-expanded", String(open));
      if (open && !below.childElementCount) below.append(...(await items(tree, { parent: item.id, ...(item.field ? { field: item.field } : {}) })).map((one) => node(tree, one)));
    };
    toggle.addEventListener("click", () => unfold(!whole.classList.contains("open")));
    label.addEventListener("click", () => choose(tree, valueOf(item)));
    label.addEventListener("keydown", (event) => {
      if (event.key === "ArrowRight") unfold(true);
      if (event.key === "ArrowLeft") unfold(false);
      if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); step(tree, label, event.key === "ArrowDown" ? 1 : -1); }
    });
    whole.parkUnfold = unfold;
    return whole;
  }

  function step(tree, label, by) {
    const labels = [...tree.querySelectorAll(".tree-label")].filter((one) => one.offsetParent);
    const next = labels[labels.indexOf(label) + by];
    if (next) next.focus();
  }

  function choose(tree, id) {
    const again = tree.dataset.treeValue === id;
    tree.dataset.treeValue = again ? "" : id;
    mark(tree);
    const conditions = Object.fromEntries((tree.dataset.treeFields || tree.dataset.treeField).split(" ").map((field) => [field, ""]));
    const [field, value] = tree.dataset.treeFields ? id.split(":") : [tree.dataset.treeField, id];
    if (field && !again) conditions[field] = value;
    park.list.go(park.list.changed({ ...conditions, page: "", open: "", do: "", tab: "" }));
  }

  function mark(tree) {
    tree.querySelectorAll(".tree-label").forEach((label) => label.classList.toggle("on", label.dataset.id === tree.dataset.treeValue));
  }

  async function begin(tree) {
    tree.parkBegun = true;
    listen(tree);
    const all = element("button", { type: "button", class: "tree-label tree-all", "data-id": "" }, "全部");
    all.addEventListener("click", () => choose(tree, ""));
    const tops = (await items(tree, {})).map((one) => node(tree, one));
    tree.replaceChildren(all, ...tops);
    let open = tops;
    for (const value of (tree.dataset.treeLine || "").split(" ").slice(0, -1)) {
      const next = open.find((one) => one.querySelector(":scope > .tree-row > .tree-label").dataset.id === value);
      if (!next) break;
      await next.parkUnfold(true);
      open = [...next.querySelectorAll(":scope > .tree-below > .tree-node")];
    }
    for (let only = tops; only.length === 1; ) {
      await only[0].parkUnfold(true);
      only = [...only[0].querySelectorAll(":scope > .tree-below > .tree-node")];
    }
    if (!tree.parkWords) mark(tree);
    else search(tree, tree.parkWords); // typed while the tree was coming
  }

  function listen(tree) {
    if (tree.parkListens) return;
    tree.parkListens = true;
    const box = tree.parentElement.querySelector("input[type=search]");
    let timer = 0;
    box.addEventListener("input", () => {
      clearTimeout(timer);
      tree.parkWords = box.value.trim();
      timer = setTimeout(() => search(tree, tree.parkWords), ASK_MS);
    });
  }

  async function search(tree, text) {
    if (!text) { tree.parkBegun = false; return begin(tree); }
    const found = (await items(tree, { q: text })).map((one) => node(tree, { ...one, has_children: false, word: one.path || one.word }));
    tree.replaceChildren(...(found.length ? found : [element("p", { class: "cap" }, "没有找到")]));
    mark(tree);
  }

  const look = () => document.querySelectorAll("[data-tree]").forEach((tree) => { if (!tree.parkBegun) begin(tree); });
  document.addEventListener("park:list", look);
})();
