/* 高级查询: builds the tree of conditions that data/query.py answers, shows it as the address's where, keeps it under a name. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const { element: el, glyph } = park.inputs;
  const SHORT_LIST = 8;

  function begin(host, spec) {
    const state = { host, spec, saved: [], root: { join: "all", parts: [] } };
    const where = new URLSearchParams(location.search).get("where");
    if (where) try { state.root = read(JSON.parse(where)); } catch (error) { /* the address was made up */ }
    if (!state.root.parts.length) state.root.parts.push(condition(spec));
    host.parkQuery = state;
    draw(state);
    ask(state, "GET", "");
  }

  /* ---- The tree: groups {join, parts} and conditions {field, op, value} ------------------------------------------------ */

  const condition = (spec) => ({ field: spec.fields[0].name, op: spec.fields[0].operators[0], value: "" });
  const isGroup = (part) => Array.isArray(part.parts);

  function read(tree) {
    const join = tree.any ? "any" : "all";
    return { join, parts: (tree[join] || []).map((part) => (part.all || part.any ? read(part) : { field: part.field, op: part.op, value: String(part.value ?? "") })) };
  }

  const needsValue = (part) => part.op !== "empty" && part.op !== "filled";

  function write(group) {
    const parts = group.parts.map((part) => (isGroup(part) ? write(part) : needsValue(part) ? { field: part.field, op: part.op, value: part.value } : { field: part.field, op: part.op }));
    return { [group.join]: parts };
  }

  const unfilled = (group) => group.parts.filter((part) => (isGroup(part) ? unfilled(part).length || !part.parts.length : needsValue(part) && part.value === ""));

  /* ---- Drawing --------------------------------------------------------------------------------------------------------- */

  function draw(state) {
    const acts = [
      button("查询", "button primary", () => search(state)),
      button("清空", "button", () => { state.root = { join: "all", parts: [condition(state.spec)] }; draw(state); park.list.go(park.list.changed({ where: "", page: "", open: "", do: "", tab: "" })); }),
      button("保存查询", "button", () => keep(state)),
    ];
    state.host.replaceChildren(groupOf(state, state.root, null), el("div", { class: "query-acts" }, acts), savedOf(state));
  }

  function button(words, look, act, mark) {
    const made = el("button", { type: "button", class: look }, mark ? glyph(mark) : null, words);
    made.addEventListener("click", act);
    return made;
  }

  function groupOf(state, group, parent) {
    const join = el("select", { class: "form-select query-join", "aria-label": "条件关系" }, el("option", { value: "all" }, "满足全部"), el("option", { value: "any" }, "满足任一"));
    join.value = group.join;
    join.addEventListener("change", () => { group.join = join.value; });
    const head = el("div", { class: "query-head" }, join, button("条件", "button small", () => { group.parts.push(condition(state.spec)); draw(state); }, "plus-lg"),
      parent ? remove(state, group, parent) : button("条件组", "button small", () => { group.parts.push({ join: "any", parts: [condition(state.spec)] }); draw(state); }, "plus-lg"));
    return el("div", { class: "query-group", role: "group" }, head, group.parts.map((part) => (isGroup(part) ? groupOf(state, part, group) : lineOf(state, part, group))));
  }

  function lineOf(state, part, group) {
    const field = state.spec.fields.find((one) => one.name === part.field) || state.spec.fields[0];
    if (!field.operators.includes(part.op)) part.op = field.operators[0];
    const names = el("select", { class: "form-select query-field", "aria-label": "字段" }, state.spec.fields.map((one) => el("option", { value: one.name }, one.label)));
    names.value = field.name;
    names.addEventListener("change", () => { part.field = names.value; part.value = ""; part.op = ""; draw(state); });
    const comparisons = el("select", { class: "form-select query-op", "aria-label": "比较" }, field.operators.map((one) => el("option", { value: one }, state.spec.operators[one])));
    comparisons.value = part.op;
    comparisons.addEventListener("change", () => { part.op = comparisons.value; draw(state); });
    const place = el("div", { class: "query-value" });
    if (needsValue(part)) {
      const name = park.inputs.unique("query");
      park.inputs.draw(place, { ...field.control, name, id: name, text: part.value, spoken: true });
      place.classList.add("query-value");
      const take = () => { const input = place.querySelector(`[name="${name}"]`); if (input) part.value = input.value.trim(); };
      place.addEventListener("input", take);
      place.addEventListener("change", take);
    }
    return el("div", { class: "query-line" }, names, comparisons, place, remove(state, part, group));
  }

  function remove(state, part, group) {
    const made = button("", "button square text small", () => { group.parts.splice(group.parts.indexOf(part), 1); draw(state); }, "x-lg");
    made.setAttribute("aria-label", "删除条件");
    made.title = "删除条件";
    return made;
  }

  /* ---- Doing ----------------------------------------------------------------------------------------------------------- */

  function complete(state) {
    if (!unfilled(state.root).length && state.root.parts.length) return true;
    park.shell.show({ kind: "warning", text: "有条件没有填写值，请填写或删除。" });
    return false;
  }

  function search(state) {
    if (complete(state)) park.list.go(park.list.changed({ where: JSON.stringify(write(state.root)), page: "", open: "", do: "", tab: "" }));
  }

  function keep(state) {
    if (!complete(state)) return;
    const name = el("input", { class: "input", maxlength: "60", placeholder: "查询名称", "aria-label": "查询名称" });
    const shared = el("input", { type: "checkbox", id: park.inputs.unique("shared") });
    const save = button("保存", "button primary small", async () => {
      if (await ask(state, "POST", "", { name: name.value, where: write(state.root), shared: shared.checked })) park.shell.show({ kind: "success", text: "查询已保存" });
    });
    const line = el("div", { class: "query-keep" }, name, el("label", { for: shared.id }, shared, " 共享给管理部门"), save, button("取消", "button small", () => draw(state)));
    state.host.querySelector(".query-acts").replaceChildren(line);
    name.addEventListener("keydown", (event) => { if (event.key === "Enter") save.click(); });
    name.focus();
  }

  async function ask(state, method, path, body) {
    const answer = await fetch(`/queries/${state.spec.resource}${path}`, { method, headers: body ? { "Content-Type": "application/json" } : {}, body: body ? JSON.stringify(body) : undefined });
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) { if (answer.status !== 403) park.shell.show({ kind: "error", text: told.message || told.error || "没有完成，请稍后重试。" }); return false; }
    state.saved = told.items;
    draw(state);
    return true;
  }

  function savedOf(state) {
    if (!state.saved.length) return el("p", { class: "cap" }, "还没有保存的查询。");
    const chips = state.saved.slice(0, 50).map((one) => {
      const open = button(one.name, "link", () => { state.root = read(one.where); draw(state); search(state); });
      open.title = one.shared ? `${one.by} 共享` : "本人保存";
      const drop = one.mine ? button("", "link muted", () => ask(state, "POST", `/${one.id}/delete`, {}), "x") : null;
      if (drop) drop.setAttribute("aria-label", `删除查询 ${one.name}`);
      return el("span", { class: "tag line query-saved" }, one.shared ? glyph("people") : null, open, drop);
    });
    const more = state.saved.length > SHORT_LIST ? "many" : "";
    return el("div", { class: `query-shelf ${more}` }, el("span", { class: "cap" }, "已保存的查询"), chips);
  }

  park.mount("data-query", begin);
})();
