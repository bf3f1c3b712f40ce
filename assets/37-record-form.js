/* The form of a record: sending it, leaving it, the draft that outlives a lost session, the list of its sections. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const FORM = "form[data-record-form]";
  const whole = () => document.querySelector("[data-form-page]"); // a page that is a form: no list around it
  const page = () => whole() || (park.list && park.list.root());
  const current = () => document.querySelector(`.record-drawer ${FORM}, [data-form-page] ${FORM}`);
  const clock = () => new Intl.DateTimeFormat("zh-CN", { hour12: false, hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: park.shell.config.timeZone }).format(new Date());

  /** The texts of a form by name; what occurs several times, such as ticked boxes, is joined by commas. */
  function textsOf(form) {
    const texts = {};
    for (const [name, value] of new FormData(form)) texts[name] = name in texts && texts[name] !== "" ? `${texts[name]},${value}` : String(value);
    return texts;
  }

  /* ---- Sending ---------------------------------------------------------------------------------------------------- */

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const list = page();
    if (!list || !form.dataset.recordForm) return;
    event.preventDefault();
    const button = form.querySelector("button[type=submit]");
    if (button.disabled) return;
    button.disabled = true;
    setTimeout(() => { button.disabled = false; }, 1500); // a refused form stays on the page
    if (form.closest("[data-form-page]")) { sendWhole(form, list, event.submitter); return; }
    list.parkSent = form.dataset.do;
    const { id, ids, version } = form.dataset;
    park.list.tell("list-submit", list, { data: { id, ids: ids || "", do: form.dataset.do, version, values: textsOf(form), query: park.list.queryHere(), at: Date.now() } });
  }, true);

  function sendWhole(form, host, pressed) {
    const { id, version } = form.dataset;
    const values = textsOf(form);
    if (pressed && pressed.name) values[pressed.name] = pressed.value;
    if (isRecordForm(form)) host.parkKey = keyOf(form);
    window.dash_clientside.set_props({ t: "form-submit", k: host.dataset.formPage }, { data: { id, do: form.dataset.do, version, values, at: Date.now() } });
  }

  /* ---- Drafts: what was typed survives a lost session, a closed tab and a power cut -------------------------------- */

  const EVERY_MS = 30000;
  const SOON_MS = 1500;
  let soon = 0;

  const isRecordForm = (form) => form && (form.dataset.do === "add" || form.dataset.do === "edit");
  const keyOf = (form) => `park.draft.${page() ? page().dataset.user : ""}.${form.dataset.recordForm}.${form.dataset.id || "new"}`;

  function keep() {
    const form = current();
    if (!isRecordForm(form) || !form.parkDirty) return;
    try {
      localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), version: form.dataset.version, texts: textsOf(form) }));
      tell(form, `${clock()} 已自动暂存`);
    } catch (error) { tell(form, "浏览器不允许暂存，请尽快保存"); }
  }
  setInterval(keep, EVERY_MS);
  window.addEventListener("pagehide", keep);

  function tell(form, text) {
    const note = form.querySelector(".draft-note");
    if (note) note.textContent = text;
  }

  function forget(key) { try { localStorage.removeItem(key); } catch (error) { /* nothing was kept */ } }

  /** Put a kept draft into the form that just appeared, and offer to drop it. */
  function restore(form) {
    if (!isRecordForm(form) || form.dataset.refused) return;
    let draft = null;
    try { draft = JSON.parse(localStorage.getItem(keyOf(form)) || "null"); } catch (error) { /* no draft */ }
    if (!draft) return;
    const now = textsOf(form);
    const differs = Object.entries(draft.texts).some(([name, text]) => name in now && now[name] !== text);
    if (!differs) { forget(keyOf(form)); return; }
    fill(form, draft.texts);
    if (Number(draft.version) > 0) form.dataset.version = draft.version; // the server then compares with what the draft was made from
    form.parkDirty = true;
    const when = new Intl.DateTimeFormat("zh-CN", { hour12: false, month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", timeZone: park.shell.config.timeZone }).format(new Date(draft.at));
    const drop = park.shell.element("button", { type: "button", class: "link" }, "放弃草稿");
    drop.addEventListener("click", () => { forget(keyOf(form)); form.parkDirty = false; location.reload(); });
    const bar = park.shell.element("div", { class: "note orange draft-bar", role: "status" }, park.shell.element("span", {}, `已恢复 ${when} 尚未保存的内容。`), drop);
    (form.querySelector(".record-form") || form).prepend(bar);
  }

  function fill(form, texts) {
    for (const [name, text] of Object.entries(texts)) {
      const fields = [...form.elements].filter((field) => field.name === name);
      for (const field of fields) {
        if (field.closest("[data-control], [data-rows]")) continue; // drawn anew below
        if (field.type === "checkbox") field.checked = text.split(",").includes(field.value);
        else field.value = text;
      }
    }
    park.inputs.fill(form, texts); // pickers, places and rows are drawn anew with them
  }

  document.addEventListener("input", (event) => {
    const form = event.target.closest && event.target.closest(FORM);
    if (!form) return;
    form.parkDirty = true;
    clearTimeout(soon);
    soon = setTimeout(keep, SOON_MS);
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest && event.target.closest(FORM);
    if (form) form.parkDirty = true;
  });

  /* ---- Leaving ---------------------------------------------------------------------------------------------------- */

  const isSaved = (form) => isRecordForm(form) || form.dataset.do === "save";
  /** The form on this page with changes that nobody saved. A record's are kept as a draft, those of settings are not. */
  const unsaved = () => [...document.querySelectorAll(`.record-drawer ${FORM}, [data-form-page] ${FORM}`)].find((form) => isSaved(form) && form.parkDirty);

  function mayLeave() {
    const form = unsaved();
    if (!form) return true;
    const after = isRecordForm(form) ? "已填写的内容会暂存在本机。" : "离开后这些修改不会保留。";
    if (!window.confirm(`修改还没有保存，确定离开？${after}`)) return false;
    keep();
    form.parkDirty = false; // asked once: what leads away next does not ask again
    return true;
  }
  window.addEventListener("beforeunload", (event) => {
    if (unsaved()) { keep(); event.preventDefault(); }
  });

  /* A link that leads away from the page: before anything else hears of the click. Links within a list ask by themselves. */
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href]");
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (link.target || link.hasAttribute("download") || link.dataset.list || link.getAttribute("href").startsWith("#") || link.origin !== location.origin) return;
    if (mayLeave()) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  /* ---- A form or drawer that appears or goes ----------------------------------------------------------------------- */

  document.addEventListener("park:list", (event) => {
    const list = event.detail;
    const look = () => {
      const drawer = list.querySelector(".record-drawer");
      const form = drawer && drawer.querySelector(FORM);
      if (form && !form.parkSeen) { form.parkSeen = true; if (form.dataset.refused) form.parkDirty = true; setTimeout(() => restore(form), 50); }
      if (list.parkSent && !form) settled(list, drawer);
      if (drawer && !drawer.contains(document.activeElement) && !document.querySelector(".dialog")) focusIn(drawer);
    };
    new MutationObserver(look).observe(list, { childList: true, subtree: true });
    look();
  });

  /** A page that is a form: another form in it means that the one before was taken, unless it came back refused. */
  function watchWhole() {
    const host = whole();
    if (!host || host.parkWatched) return;
    host.parkWatched = true;
    const look = () => {
      const form = host.querySelector(FORM);
      if (!form || form.parkSeen) return;
      form.parkSeen = true;
      if (form.dataset.refused) { form.parkDirty = true; focusIn(form); return; }
      if (host.parkKey) { forget(host.parkKey); host.parkKey = ""; }
      setTimeout(() => { restore(form); showPlace(form); }, 50);
    };
    new MutationObserver(look).observe(host, { childList: true, subtree: true });
    look();
  }
  document.addEventListener("park:page", () => requestAnimationFrame(watchWhole));

  /** Bring the place that the address names (?at=phone) into view: a field, a list or the attachments. */
  function showPlace(form) {
    const at = new URLSearchParams(location.search).get("at") || "";
    if (!/^[a-z_0-9:]+$/.test(at)) return;
    const wanted = document.getElementById(`field-${at}`) || form.querySelector(`[data-part="${at.startsWith("file:") ? "files" : at}"]`);
    if (!wanted) return;
    wanted.scrollIntoView({ block: wanted.id.startsWith("field-") ? "center" : "start" });
    const input = wanted.matches("input,select,textarea") ? wanted : wanted.querySelector("input:not([type=hidden]),select,textarea");
    if (input) input.focus({ preventScroll: true });
  }

  /** When a submitted form has gone, the record is shown: its address says so too, and the draft is not needed any more. */
  function settled(list, drawer) {
    const query = park.list.queryHere();
    if (list.parkSent === "add" || list.parkSent === "edit") forget(`park.draft.${list.dataset.user}.${list.dataset.resource}.${list.parkSent === "add" ? "new" : query.open}`);
    list.parkSent = "";
    const shown = drawer && drawer.querySelector("[data-shown-id]");
    history.replaceState(history.state, "", park.list.changed({ do: "", tab: "", open: shown ? shown.dataset.shownId : drawer ? query.open : "" }));
    list.parkRecord = park.list.part(park.list.queryHere(), true);
  }

  function focusIn(drawer) {
    const wrong = drawer.querySelector(".wrong");
    if (wrong) wrong.scrollIntoView({ block: "center" });
    const target = wrong ? (wrong.matches("input,select,textarea,button") ? wrong : wrong.querySelector("input:not([type=hidden]),select,textarea,button")) : drawer;
    (target || drawer).focus({ preventScroll: true });
  }

  /* ---- Sections and mistakes as links ------------------------------------------------------------------------------ */

  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[data-section], a[data-field]");
    if (!link) return;
    event.preventDefault();
    event.stopPropagation();
    const form = link.closest("form");
    const wanted = link.dataset.section !== undefined ? form.querySelector(`#section-${link.dataset.section}`) : document.getElementById(`field-${link.dataset.field}`) || form.querySelector(".wrong");
    if (!wanted) return;
    wanted.scrollIntoView({ block: link.dataset.section !== undefined ? "start" : "center" });
    if (link.dataset.field && wanted.focus) wanted.focus({ preventScroll: true });
    form.querySelectorAll("a[data-section]").forEach((one) => one.classList.toggle("on", one === link));
  }, true);

  park.form = { mayLeave, textsOf };
})();
