/* Rows inside a form: a table of inputs for the parts of a record. What they hold is kept as JSON in one hidden input, so that the
   form sends it with the rest. On a phone each row is a card (CSS). */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const { element: el, glyph } = park.inputs;
  function rows(host, spec) {
    const value = el("input", { type: "hidden", name: spec.name });
    const body = el("tbody", {});
    const add = el("button", { type: "button", class: "button small" }, glyph("plus-lg"), "添加一行");
    const note = el("span", { class: "cap" }, spec.note);
    const title = spec.label ? el("div", { class: "sect rows-head" }, spec.label, note, add) : el("div", { class: "rows-head" }, note, add);
    const labels = spec.blank.map((cell) => el("th", { class: cell.required ? "must" : null, scope: "col" }, cell.unit ? `${cell.label}（${cell.unit}）` : cell.label));
    const head = el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "序号"), labels, el("th", { scope: "col" }, "操作")));
    const none = el("p", { class: "rows-none" }, `还没有${spec.title || "内容"}，点“添加一行”填写。`);

    const textsOf = (line) => Object.fromEntries([["id", line.dataset.id], ...[...line.querySelectorAll("[data-cell]")].map((input) => [input.dataset.cell, input.value.trim()])]);
    function keep() {
      const lines = [...body.children].filter((line) => line.dataset.id !== undefined);
      value.value = JSON.stringify(lines.map(textsOf));
      lines.forEach((line, number) => { line.firstElementChild.textContent = number + 1; });
      none.hidden = lines.length > 0;
      add.disabled = lines.length >= spec.most;
      add.title = add.disabled ? `最多 ${spec.most} 行` : "";
    }

    let count = 0; // the rows of the server have its numbers in their ids, so that a mistake's link finds its cell
    function line(row) {
      const off = el("button", { type: "button", class: "rows-off", "aria-label": `删除${spec.title}` }, "删除");
      const cells = spec.blank.map((blank, number) => cell({ ...blank, ...(row.cells && row.cells[number]) }, row.mistakes || {}, `${spec.key}.${count}`));
      count += 1;
      const made = el("tr", { "data-id": row.id || "" }, el("td", { class: "rows-number" }), cells, el("td", { class: "rows-act" }, off, whole(row.mistakes)));
      off.addEventListener("click", () => {
        const next = made.nextElementSibling || made.previousElementSibling;
        made.remove();
        keep();
        park.inputs.changed(value);
        ((next && next.querySelector(".rows-off")) || add).focus();
      });
      return made;
    }

    add.addEventListener("click", () => {
      const made = line({ id: "" });
      body.append(made);
      keep();
      park.inputs.changed(value);
      const first = made.querySelector("input:not([type=hidden]), select, textarea");
      if (first) first.focus();
    });
    for (const kind of ["input", "change"]) body.addEventListener(kind, keep);

    host.parkName = spec.name;
    host.parkFill = (text) => {
      let lines = [];
      try { lines = JSON.parse(text); } catch (error) { /* not of this page's making */ }
      if (!Array.isArray(lines)) return;
      const filled = (each) => ({ id: each.id, cells: spec.blank.map((blank) => ({ ...blank, text: String(each[blank.name] ?? ""), shown: null })) });
      count = 0;
      body.replaceChildren(...lines.map((each) => line(filled(each))));
      keep();
    };
    body.append(...spec.rows.map(line));
    keep();
    host.replaceChildren(title, el("div", { class: "rows-box" }, el("table", { class: "rows-table" }, head, body), none), value);
  }

  /** One input under its head. Its own name would be sent with the form, beside the record's: it is kept as data-cell. */
  function cell(spec, mistakes, key) {
    const host = el("div", {});
    const id = `field-${key}.${spec.name}`;
    const mistake = mistakes[spec.name];
    park.inputs.draw(host, { ...spec, id, spoken: true, wrong: Boolean(mistake), mistake: `${id}-mistake` });
    for (const input of host.querySelectorAll("[name]")) {
      if (input.type === "radio") continue;
      input.dataset.cell = input.name;
      input.removeAttribute("name");
    }
    return el("td", { "data-label": spec.unit ? `${spec.label}（${spec.unit}）` : spec.label, class: spec.required ? "must" : null }, host, mistake ? el("div", { class: "mistake", id: `${id}-mistake` }, mistake) : null);
  }

  const whole = (mistakes) => (mistakes && mistakes[""] ? el("div", { class: "mistake" }, mistakes[""]) : null);

  park.mount("data-rows", rows);
})();
