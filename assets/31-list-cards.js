/* The rows of a list as cards on a narrow screen, drawn from the rows of the grid: nothing is sent twice, and a desk draws none.
   Which columns stand on a card is told by dashboard/blocks/list_grid.py. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const narrow = window.matchMedia("(max-width: 767px)");
  const STATES = new Set(["tag", "dot", "due"]);
  const MOST_FACTS = 5;
  const MOST_DOTS = 2;

  const words = (cell) => (cell && typeof cell === "object" ? cell.w : String(cell ?? ""));

  function draw(list) {
    const host = list.querySelector(".list-cards");
    if (!host) return;
    const told = JSON.parse(host.dataset.cards);
    host.replaceChildren(...(narrow.matches ? park.list.rows(list).map((row) => card(row, told)) : []));
  }

  /** The name and the first state above, further states and facts below. */
  function card(row, { title, rest, none }) {
    const element = park.shell.element;
    const isState = ([field, , look]) => STATES.has(look) && typeof row[field] === "object";
    const [first, ...further] = rest.filter(isState).map(([field]) => row[field]);
    const facts = rest.filter((one) => !isState(one) && words(row[one[0]]) !== none).slice(0, MOST_FACTS);
    const head = element("div", { class: "record-card-head" }, element("b", {}, words(row[title])));
    if (first) head.append(element("span", { class: `tag ${first.t}` }, first.w));
    const body = element("div", { class: "record-card-facts" });
    for (const cell of further.slice(0, MOST_DOTS)) body.append(element("span", { class: "dotted" }, element("i", { class: `dot ${cell.t}` }), cell.w));
    for (const [field, label] of facts) body.append(element("span", {}, element("small", {}, label), words(row[field])));
    return element("a", { href: row.href, class: `record-card${row.edge ? ` edge-${row.edge}` : ""}`, "data-id": row.id, "data-list": "1" }, head, body);
  }

  document.addEventListener("park:rows", (event) => draw(event.detail));
  narrow.addEventListener("change", () => {
    const list = park.list.root();
    if (list?.parkGrid) draw(list);
  });
})();
