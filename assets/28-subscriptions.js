/* 订阅: the small dialog behind every bell, 添加订阅, and the order of subscriptions. Routes: dashboard/subscribing.py.
 *
 * What is subscribed to is named by the button; its conditions are those of the address. The server says what they mean, what the
 * number is now, and which ways are open, and checks everything again when it is sent.
 */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const el = (...parts) => park.shell.element(...parts);
  let shown = null;

  async function ask(path, body) {
    const options = { credentials: "same-origin", headers: { Accept: "application/json" } };
    if (body) Object.assign(options, { method: "POST", body: JSON.stringify(body), headers: { ...options.headers, "Content-Type": "application/json" } });
    try {
      const answer = await fetch(path, options);
      const told = await answer.json().catch(() => ({}));
      return { ok: answer.ok && !answer.redirected, status: answer.status, told };
    } catch (error) {
      return { ok: false, status: 0, told: { error: "连不上服务器，没有提交，请稍后重试。" } };
    }
  }

  const complain = (answer) => { if (answer.status !== 403) park.shell.show({ kind: "error", text: answer.told.error || "没有完成，请稍后重试。" }); };

  /* ---- The dialog ------------------------------------------------------------------------------------------------- */

  function close() {
    if (shown) shown.remove();
    shown = null;
  }

  function open(title, ...parts) {
    close();
    const cross = el("button", { type: "button", class: "button square text", title: "关闭", "aria-label": "关闭" }, el("i", { class: "bi bi-x-lg", "aria-hidden": "true" }));
    cross.addEventListener("click", close);
    shown = el("dialog", { class: "subscribe", "aria-label": title }, el("header", {}, el("i", { class: "bi bi-bell", "aria-hidden": "true" }), el("b", {}, title), cross), ...parts);
    shown.addEventListener("close", close);
    shown.addEventListener("keydown", (event) => event.stopPropagation()); // Esc closes this alone
    document.body.append(shown);
    shown.showModal();
    return shown;
  }

  async function subscribe(kind, key, search, schedule) {
    const answer = await ask(`/subscriptions/form?${new URLSearchParams({ kind, key, search })}`);
    if (!answer.ok) return complain(answer);
    draw(answer.told, schedule || "daily");
  }

  const options = (choices, current) => choices.map((one) => { const made = el("option", { value: one.code }, one.word); if (String(one.code) === String(current)) made.selected = true; return made; });
  const select = (name, choices, current, label) => el("select", { class: "form-select", name, "aria-label": label }, ...options(choices, current));

  function field(label, name, ...inside) {
    return el("div", { class: "f", "data-for": name }, el("label", {}, label), el("div", { class: "inside" }, el("div", { class: "row-line" }, ...inside), el("div", { class: "mistake", role: "alert" })));
  }

  function tick(name, label, why, checked) {
    const box = el("input", { type: "checkbox", name, ...(why ? { disabled: "" } : {}), ...(checked ? { checked: "" } : {}) });
    return el("div", { class: "way" }, el("label", {}, box, label), why ? el("span", { class: "cap" }, why) : "");
  }

  function draw(told, schedule) {
    const words = told.words;
    const kinds = words.schedule.map((one) => el("label", {}, el("input", { type: "radio", name: "schedule", value: one.code, ...(one.code === schedule ? { checked: "" } : {}) }), el("span", {}, one.word)));
    const unit = el("span", { class: "muted bound-unit" }, told.unit);
    const bound = el("input", { class: "input", name: "bound", type: "number", step: "any", value: String(Math.round(told.bound * 100) / 100), "aria-label": "条件数值" });
    const send = el("button", { type: "submit", class: "button primary" }, "订阅");
    const cancel = el("button", { type: "button", class: "button" }, "取消");
    cancel.addEventListener("click", close);
    const facts = [told.place, told.conditions ? `条件：${told.conditions}` : "没有附加条件", `数据范围：${told.scope}`].join(" · ");
    const form = el("form", { novalidate: "" },
      el("p", { class: "subscribe-about" }, el("b", {}, `现在：${told.now}`), el("span", { class: "cap" }, facts)),
      field("名称", "title", el("input", { class: "input", name: "title", maxlength: "100", value: told.title })),
      told.measures.length > 1 ? field("指标", "measure", select("measure", told.measures, told.measure, "指标")) : "",
      field("推送", "schedule", el("div", { class: "segments choose" }, ...kinds)),
      field("时间", "hour", select("weekday", words.weekday, 1, "周几"), el("span", { class: "day-of-month" }, "每月", el("input", { class: "input", name: "month_day", type: "number", min: "1", max: "28", value: "1", "aria-label": "每月几日" }), "日"), select("hour", words.hour, 8, "时间")),
      field("条件", "rule", select("rule", words.rule, "rise", "条件类型"), bound, unit),
      field("推送到", "to_email",
        el("div", { class: "ways" }, tick("home", "个人首页（打开即为最新）", "", true), tick("to_email", "邮件", told.email, false), tick("to_robot", "群机器人（只发数字和变化，不发明细）", told.robot, false))),
      el("footer", {}, send, cancel, el("span", { class: "cap subscribe-note" })));
    form.querySelector('[name="home"]').disabled = true;
    const follow = () => { form.dataset.schedule = form.elements.schedule.value; unit.textContent = form.elements.rule.value === "percent" ? "%" : told.unit; note(form); };
    form.addEventListener("change", follow);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (send.disabled) return;
      send.disabled = true;
      const answer = await ask("/subscriptions", { kind: told.kind, key: told.key, search: told.search, ...values(form) });
      send.disabled = false;
      form.querySelectorAll(".mistake").forEach((one) => { one.textContent = ""; });
      if (answer.ok) {
        close();
        park.shell.show({ kind: "success", text: answer.told.said });
        const list = park.list && park.list.root();
        if (list && list.dataset.resource === "subscription") park.list.follow(true);
        return;
      }
      const fields = answer.told.fields || {};
      for (const [name, text] of Object.entries(fields)) {
        const place = form.querySelector(`[data-for="${{ bound: "rule", weekday: "hour", month_day: "hour", to_robot: "to_email" }[name] || name}"] .mistake`);
        if (place) place.textContent = text;
      }
      if (!Object.keys(fields).length) complain(answer);
    });
    open("订阅", form);
    follow();
  }

  function values(form) {
    const given = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
    const isChange = given.schedule === "change";
    return { ...given, rule: isChange ? given.rule : "", bound: isChange ? given.bound : "", to_email: !!form.elements.to_email.checked, to_robot: !!form.elements.to_robot.checked };
  }

  /** What will happen, beside the button. */
  function note(form) {
    const words = { daily: "每次说明与上次相比的变化。", weekly: "每次说明与上次相比的变化。", monthly: "每次说明与上次相比的变化。", change: "达到时立即推送一次，回落后再次达到才会再推送。" };
    const moved = form.elements.schedule.value === "change" && ["by", "percent"].includes(form.elements.rule.value);
    form.querySelector(".subscribe-note").textContent = moved ? "与上次推送时相比，变化达到即推送。" : words[form.elements.schedule.value];
  }

  /* ---- 添加订阅: first what ---------------------------------------------------------------------------------------- */

  async function add() {
    const answer = await ask("/subscriptions/offers");
    if (!answer.ok) return complain(answer);
    const items = answer.told.items;
    const search = el("input", { class: "input", type: "search", placeholder: "搜索统计、指标或列表", "aria-label": "搜索" });
    const found = el("div", { class: "offers", role: "list" });
    const list = () => {
      const typed = search.value.trim();
      const fitting = items.filter((one) => !typed || `${one.module}${one.place}${one.title}${one.kind_word}`.includes(typed));
      const places = [...new Set(fitting.map((one) => one.module))];
      found.replaceChildren(...(fitting.length ? places.flatMap((module) => [el("h4", {}, module), ...fitting.filter((one) => one.module === module).map(offer)]) : [el("p", { class: "muted" }, `没有名称含“${typed}”的内容。`)]));
    };
    const offer = (one) => {
      const made = el("button", { type: "button", class: "offer", role: "listitem" }, el("span", { class: "tag line" }, one.kind_word), el("b", {}, one.title), el("small", { class: "muted" }, one.place));
      made.addEventListener("click", () => subscribe(one.kind, one.key, "", one.kind === "board" ? one.key : ""));
      return made;
    };
    search.addEventListener("input", list);
    open("添加订阅", el("div", { class: "offers-search" }, search, el("span", { class: "cap" }, "要带查询条件，请先在该页面查好，再点右上角的铃铛。")), found);
    list();
    search.focus();
  }

  /* ---- What a person does ----------------------------------------------------------------------------------------- */

  document.addEventListener("click", async (event) => {
    const at = (selector) => event.target.closest && event.target.closest(selector);
    if (event.target === shown) return close(); // the veil
    const bell = at("[data-subscribe]");
    if (bell) {
      event.preventDefault();
      event.stopImmediatePropagation();
      const here = bell.dataset.subscribeSearch !== undefined ? bell.dataset.subscribeSearch : location.search;
      return subscribe(bell.dataset.subscribe, bell.dataset.subscribeKey, here, bell.dataset.subscribeSchedule);
    }
    if (at("[data-subscribe-add]")) return add();
    const verb = at('.resource-page[data-resource="subscription"] a[data-list], .verbs-menu a[data-list]');
    const query = verb && new URL(verb.href, location.href).searchParams;
    const by = query && { up: -1, down: 1 }[query.get("do")];
    if (!by || location.pathname !== "/my/subscriptions") return undefined;
    event.preventDefault();
    event.stopImmediatePropagation(); // moved at once, without a question
    document.querySelectorAll(".verbs-menu").forEach((menu) => menu.remove());
    const answer = await ask(`/subscriptions/${query.get("open")}/move`, { by });
    if (!answer.ok) return complain(answer);
    if (answer.told.moved) park.list.follow(true);
    else park.shell.show({ kind: "info", text: by < 0 ? "已在最前。" : "已在最后。" });
    return undefined;
  }, true);
})();
