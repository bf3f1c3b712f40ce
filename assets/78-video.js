/* 实时视频: panes beside the tree. What is shown where is in the address; what the server knows is asked for every few seconds. */
(function () {
  "use strict";
  const park = window.park;
  const client = (window.dash_clientside = window.dash_clientside || {});
  const pages = (client.park_pages = client.park_pages || window.park_pages || {});
  window.park_pages = pages;
  const { element } = park.shell;
  const video = park.video;
  const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
  const SIZES = [1, 4, 9];
  const FRESH_MS = 60000; // so long after a terminal's answer its picture is looked for every few seconds
  const MOST_CHANNELS = 8;

  let page = null;

  pages.video = function (definition) {
    const box = document.getElementById("video-page");
    if (!definition || !box) return window.dash_clientside.no_update;
    page = build(box, definition);
    return "";
  };

  function build(box, definition) {
    const { wanted } = definition;
    const isPhone = window.matchMedia("(max-width: 767px)").matches;
    const view = { n: Number(wanted.n) || (isPhone ? 1 : 4), p: Number(wanted.p) || 1, r: wanted.r, t: Number(wanted.t) || 20, q: wanted.q };
    const subjects = video.subjects(definition);
    let panes = [];
    let asking = {}; // keys for which a request is on its way to the server

    const host = {
      definition, view, subjects,
      state: (subject) => (subject && subject.kind !== "vehicle" && subject.kind !== "missing" ? definition.states.cameras[String(subject.id)] || null : null),
      request: (key) => asking[key] || (definition.states.requests || {})[key] || null,
      shown: () => new Map(panes.filter((one) => one.subject).map((one) => [one.subject.key, one.number])),
      search: (text) => go({ q: text }),
      go,
      fill(keys) { panes.forEach((pane, index) => place(pane, keys[index] || "", true)); told(); },
      pick(key) { turns.stop(); place(panes[view.p - 1], key); step(); told(); },
      choose(pane) { choose(pane.number); },
      close(pane) { turns.stop(); place(pane, ""); told(); },
      drop(pane, text) { turns.stop(); drop(pane, text); told(); },
      full: (pane) => full(pane.node),
      channel(pane, by) { turns.stop(); place(pane, `v${pane.subject.id}-${((pane.subject.channel - 1 + by + MOST_CHANNELS) % MOST_CHANNELS) + 1}`); told(); },
      ask: (subject) => command(subject, "video", { channel: String(subject.channel), data: "1", stream: "1" }),
      stop: (subject) => command(subject, "video_stop", { channel: String(subject.channel), control: "0" }),
    };

    const online = element("b", {});
    const all = element("span", {});
    const sizes = SIZES.map((size) => {
      const made = video.button("", `${size} 画面`, () => resize(size), String(size));
      made.dataset.size = size;
      return made;
    });
    const turns = video.turns(host);
    const links = element("span", { class: "video-links" },
      element("a", { class: "button", href: "/video/wall" }, element("i", { class: "bi bi-images", "aria-hidden": "true" }), "抓拍墙"),
      definition.rights.edit ? element("a", { class: "button", href: "/video/cameras" }, "视频配置") : "",
      video.button("button", "整页全屏", () => full(grid), element("i", { class: "bi bi-arrows-fullscreen", "aria-hidden": "true" }), "全屏"));
    const head = element("div", { class: "video-head" },
      element("div", { class: "online" }, online, all, " 在线"),
      element("div", { class: "segments", role: "group", "aria-label": "画面数" }, ...sizes),
      turns.node, element("span", { class: "grow" }), links);
    const grid = element("div", { class: "video-grid" });
    const side = element("aside", { class: "video-side", "aria-label": "摄像机" });
    box.replaceChildren(side, element("div", { class: "video-main" }, head, grid));

    function go(change) {
      Object.assign(view, change);
      keep();
    }

    /** What is shown where, in the address. */
    function keep() {
      const keys = panes.map((one) => (one.subject ? one.subject.key : "")).join(",").replace(/,+$/, "");
      park.shell.state({ n: view.n, c: view.r ? "" : keys, p: view.p === 1 ? "" : view.p, r: view.r, t: view.r && view.t !== 20 ? view.t : "", q: view.q, cam: "", near: "", truck: "" });
    }

    const subjectOf = (key) => (!key ? null : subjects.get(key) || (key[0] === "v" && video.vehicle(definition, key)) || { key, kind: "missing", name: "" });

    function place(pane, key, isTurn) {
      if ((pane.subject ? pane.subject.key : "") === key) return;
      const other = !isTurn && key && panes.find((one) => one !== pane && one.subject && one.subject.key === key);
      if (other) other.show(null); // the same picture twice costs twice
      pane.show(subjectOf(key));
    }

    function drop(pane, text) {
      const from = /^pane:(\d)$/.exec(text);
      if (!from) { if (subjectOf(text) && /^[cv]\d/.test(text)) place(pane, text); choose(pane.number); return; }
      const other = panes[Number(from[1]) - 1];
      if (!other || other === pane) return;
      const [mine, theirs] = [pane.subject, other.subject];
      other.show(mine);
      pane.show(theirs);
      choose(pane.number);
    }

    function choose(number) {
      if (number > panes.length) return;
      go({ p: number });
      for (const one of panes) one.node.classList.toggle("chosen", one.number === number && panes.length > 1);
    }

    /** The next empty pane becomes the chosen one, so that one click after the other fills them. */
    function step() {
      const after = [...panes.slice(view.p), ...panes.slice(0, view.p)].find((one) => !one.subject);
      if (after) choose(after.number);
    }

    function resize(size, keys) {
      const kept = keys || panes.map((one) => (one.subject ? one.subject.key : ""));
      // With fewer panes the chosen picture is the one that stays.
      if (!keys && size === 1 && kept[view.p - 1]) kept.unshift(kept[view.p - 1]);
      for (const one of panes) one.show(null);
      view.n = size;
      view.p = Math.min(view.p, size);
      panes = Array.from({ length: size }, (_, index) => video.pane(index + 1, host));
      grid.dataset.size = size;
      grid.replaceChildren(...panes.map((one) => one.node));
      for (const one of sizes) { one.classList.toggle("on", Number(one.dataset.size) === size); one.setAttribute("aria-pressed", String(Number(one.dataset.size) === size)); }
      panes.forEach((pane, index) => place(pane, kept[index] || "", true));
      turns.again();
      choose(view.p);
      told();
    }

    const full = (node) => (document.fullscreenElement ? document.exitFullscreen() : node.requestFullscreen && node.requestFullscreen().catch(() => {}));

    function command(subject, kind, texts) {
      asking[subject.key] = { kind, state: "sent", at: park.live.now(), word: "" };
      window.dash_clientside.set_props("vehicles-commands-ask", { data: { id: subject.id, kind, texts, key: Date.now() } });
      renew();
    }

    const tree = video.tree(side, host);
    const ask = video.follow(definition, () => panes.filter((one) => one.subject && one.subject.kind === "vehicle").map((one) => one.subject.key), () => box.isConnected, () => {
      asking = {};
      for (const one of panes) {
        const request = one.subject && one.subject.kind === "vehicle" && host.request(one.subject.key);
        const isFresh = request && request.kind === "video" && request.state === "answered" && park.live.now() - request.at < FRESH_MS;
        if (isFresh && one.player && one.player.state === "dead") one.player.retry();
      }
      renew();
    });

    function told() { keep(); renew(); }

    function renew() {
      const states = definition.cameras.map((one) => host.state(one)).filter(Boolean);
      put(online, String(states.filter((one) => one.state === "online").length));
      put(all, ` / ${definition.cameras.length}`);
      for (const one of panes) one.renew();
      tree.renew();
    }

    /** At first: what the address says, else the first cameras of which something comes. */
    function first() {
      const keys = wanted.c ? wanted.c.split(",") : definition.cameras.filter((one) => one.kind && (host.state(one) || {}).state === "online").map((one) => one.key);
      resize(view.n, keys);
      if (view.r) turns.start(view.r);
    }
    first();

    const timer = setInterval(() => {
      if (!box.isConnected || page.box !== box) { clearInterval(timer); return; }
      for (const one of panes) one.renew();
      turns.renew();
      ask(panes.some((one) => one.subject && one.subject.kind === "vehicle" && one.player && one.player.state !== "playing"));
    }, 1000);
    return { box, panes: () => panes, choose, host };
  }

  document.addEventListener("keydown", (event) => {
    if (!page || !page.box.isConnected || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest && event.target.closest("input, select, textarea, [contenteditable]")) return;
    const panes = page.panes();
    const chosen = panes[page.host.view.p - 1];
    if (/^[1-9]$/.test(event.key)) page.choose(Number(event.key));
    else if (event.key === "Delete" && chosen) page.host.close(chosen);
    else if (event.key.toLowerCase() === "f" && chosen) page.host.full(chosen);
    else return;
    event.preventDefault();
  });
})();
