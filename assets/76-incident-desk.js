/* 事件处置台 and 我的应急任务: what follows an incident by itself, counts down, and keeps what a person is typing. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const pages = (window.park_pages = window.park_pages || {});
  const client = (window.dash_clientside = window.dash_clientside || {});
  client.park_pages = client.park_pages || pages;
  const { map } = park;
  const FORMS = ["move", "note", "task", "circle", "report"];
  const GAP_MS = 700; // however many people write, one browser asks at most this often
  const POLL_MS = 15000; // without a stream
  const ANYWAY_MS = 60000; // wind grows old and limits pass without anybody writing
  const root = () => document.getElementById("incident-desk");
  let page = null; // the desk that is open: {root, view, drawing, asked}

  /* ---- Following ------------------------------------------------------------------------------------------------------ */

  /** The forms that a person is at: what is typed, a fold that is open, a draft. They are not drawn anew under the hand. */
  function dirty() {
    return FORMS.filter((name) => {
      const box = document.getElementById(`incident-form-${name}`);
      if (!box) return false;
      const typed = [...box.querySelectorAll("form")].some((form) => form.parkDirty || form.dataset.do === "report");
      return typed || Boolean(box.querySelector("details[open]"));
    });
  }

  function ask() {
    if (!page || !page.root.isConnected) return;
    page.waiting = 0;
    page.asked = Date.now();
    client.set_props("incident-ask", { data: { id: page.root.dataset.incident, state: page.root.dataset.state, dirty: dirty(), at: page.asked } });
  }

  function soon() {
    if (page && !page.waiting) page.waiting = setTimeout(ask, Math.max(0, page.asked + GAP_MS - Date.now()));
  }

  function redraw() {
    if (!page || !page.view) return;
    page.view.layer.request();
  }

  async function mount(definition) {
    const frame = document.getElementById("map-incident");
    const view = await map.open(frame, definition, { shown: { vehicle: false, alarm: true, place: false, camera: false, fence: false }, padding: () => [20, 20, 56, 20] });
    if (!page || !frame.isConnected) return;
    page.view = view;
    view.layer.overlay = (picture, room) => park.incident.paint(picture, room, page.drawing);
    if (page.drawing.lon === null) view.whole(false);
    else park.incident.show(view.map, page.drawing, 40);
    redraw();
  }

  pages.incident = function (definition, drawing) {
    const here = root();
    if (!here || !definition) { page = null; return client.no_update; }
    if (page && page.root === here) {
      const before = page.drawing;
      page.drawing = drawing;
      const isNew = before.lon !== drawing.lon || before.lat !== drawing.lat || before.circles.length !== drawing.circles.length;
      if (page.view && isNew) park.incident.show(page.view.map, drawing, 40);
      redraw();
      return client.no_update;
    }
    page = { root: here, view: null, drawing, asked: Date.now(), waiting: 0 };
    park.live.attach(here, {
      incidents: soon,
      tick() {
        const since = Date.now() - page.asked;
        if (since > ANYWAY_MS || (since > POLL_MS && park.live.status.mode !== "push")) ask();
      },
    });
    mount(definition).catch((error) => console.error("incident", error));
    return client.no_update;
  };
  pages.incident_done = function (at) { if (at) ask(); };

  /* ---- Counting -------------------------------------------------------------------------------------------------------- */

  function lapse(ms) {
    const s = Math.floor(Math.abs(ms) / 1000);
    const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
    const pad = (n) => String(n).padStart(2, "0");
    return h >= 48 ? `${Math.floor(h / 24)} 天 ${h % 24} 时` : `${pad(h)}:${pad(m)}:${pad(s % 60)}`;
  }
  park.incident.lapse = lapse;

  function count() {
    const now = park.live ? park.live.now() : Date.now();
    for (const node of document.querySelectorAll("[data-inc-due]")) {
      const left = Number(node.dataset.incDue) - now;
      const text = `${left >= 0 ? "剩" : "超"} ${lapse(left)}`;
      if (node.textContent !== text) node.textContent = text;
      node.classList.toggle("over", left < 0);
      node.classList.toggle("near", left >= 0 && left < 600000);
    }
    for (const node of document.querySelectorAll("[data-inc-since]")) {
      const text = lapse(Math.max(0, now - Number(node.dataset.incSince)));
      if (node.textContent !== text) node.textContent = text;
    }
  }
  setInterval(count, 1000);
  document.addEventListener("park:page", () => requestAnimationFrame(count));

  /* ---- Tabs, corrections, one step open at a time ------------------------------------------------------------------------ */

  document.addEventListener("click", (event) => {
    const target = event.target.closest && event.target.closest("[data-inc-tab], [data-correct], [data-correct-off]");
    if (!target || !root()) return;
    if (target.dataset.incTab) {
      for (const one of root().querySelectorAll("[data-inc-tab]")) one.classList.toggle("on", one === target);
      for (const one of root().querySelectorAll("[data-inc-body]")) one.hidden = one.dataset.incBody !== target.dataset.incTab;
      return;
    }
    const box = document.querySelector("#incident-form-note .inc-correcting");
    if (!box) return;
    const id = target.dataset.correct || "";
    const input = box.querySelector("input[name=corrects]");
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, id); // React keeps the value that it knows
    input.dispatchEvent(new Event("input", { bubbles: true }));
    box.hidden = !id;
    box.querySelector(".inc-corrects-words").textContent = id ? `更正 ${target.dataset.correctAt} 的记录，写下正确的内容：` : "";
    box.closest("form").classList.toggle("correcting", Boolean(id));
    if (id) box.closest("form").querySelector("textarea").focus();
  });

  document.addEventListener("toggle", (event) => {
    const fold = event.target;
    if (!fold.open || !fold.closest || !fold.closest("#incident-form-move")) return;
    for (const other of fold.parentElement.querySelectorAll("details[open]")) if (other !== fold) other.open = false;
  }, true);
})();
