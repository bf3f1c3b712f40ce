/* The tree of 实时视频: enterprises with their cameras, and vehicles; what is on line, what is looked for, what is on the screen. */
(function () {
  "use strict";
  const park = window.park;
  const { element } = park.shell;
  const video = park.video;
  const glyph = (name) => element("i", { class: `bi bi-${name}`, "aria-hidden": "true" });
  const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
  const LOOKS = { online: "camera-video-fill", picture: "image", stalled: "pause-circle", offline: "camera-video-off", checking: "camera-video", unset: "camera-video-off" };
  const VEHICLES = "vehicles";

  /** Subjects are what may be shown in a pane, by key. */
  video.subjects = function (definition) {
    const names = new Map(definition.groups.map((group) => [group.id, group.name]));
    const found = new Map();
    for (const one of definition.cameras) found.set(one.key, { ...one, place: names.get(one.group) || "" });
    return found;
  };

  video.vehicle = function (definition, key) {
    const [, id, channel] = /^v(\d+)-(\d+)$/.exec(key) || [];
    const car = definition.vehicles.find((one) => String(one.id) === id);
    return car ? { key, id: car.id, kind: "vehicle", name: car.plate, place: car.carrier, channel: Number(channel), group: VEHICLES } : null;
  };

  /** The tree in `box`: host.pick(key) is told what is chosen, host.state(subject) says how it is, host.shown() which keys stand where. */
  video.tree = function (box, host) {
    const { definition } = host;
    const search = element("input", { type: "search", class: "input", maxlength: "60", placeholder: "企业、摄像机、编码", "aria-label": "搜索摄像机" });
    search.value = host.view.q;
    const only = element("button", { type: "button", class: "video-only", "aria-pressed": "false" }, "只看在线");
    const list = element("div", { class: "video-list", role: "tree", "aria-label": "摄像机" });
    const none = element("p", { class: "video-none", hidden: "" });
    const rows = [];
    const groups = [];
    let isOnly = false;

    function row(subject, text, note) {
      const mark = glyph("camera-video");
      const word = element("small", {});
      const at = element("span", { class: "video-at" });
      const node = element("button", { type: "button", class: "video-row", role: "treeitem", draggable: "true", "data-key": subject.key, title: `${text} ${note}`.trim() }, mark, element("span", { class: "video-row-name" }, text), word, at);
      node.addEventListener("click", () => host.pick(subject.key));
      node.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/plain", subject.key));
      const made = { node, mark, word, at, subject, text: `${text} ${note}`.toLowerCase() };
      rows.push(made);
      return made;
    }

    function group(id, title, members) {
      const count = element("small", {});
      const head = element("button", { type: "button", class: "video-group-head", "aria-expanded": "true" }, glyph("chevron-down"), element("span", {}, title), count);
      const inside = element("div", { class: "video-group-rows", role: "group" }, ...members.map((one) => one.node));
      const node = element("div", { class: "video-group" }, head, inside);
      const made = { id, node, head, inside, count, members, isOpen: true, title: title.toLowerCase() };
      head.addEventListener("click", () => { made.isOpen = !made.isOpen; arrange(); });
      groups.push(made);
      return node;
    }

    function build() {
      const nodes = definition.groups.map((one) => group(one.id, one.name, definition.cameras.filter((camera) => camera.group === one.id).map((camera) => row(host.subjects.get(camera.key), camera.name, camera.code))));
      if (definition.vehicles.length) nodes.push(group(VEHICLES, "车载视频", definition.vehicles.map((car) => row(video.vehicle(definition, `v${car.id}-1`), car.plate, car.carrier))));
      list.replaceChildren(...nodes);
      box.replaceChildren(element("div", { class: "video-find" }, element("label", {}, glyph("search"), search), only), list, none);
      groups.filter((one) => one.id === VEHICLES).forEach((one) => { one.isOpen = false; });
    }

    const lookOf = (subject) => {
      if (subject.kind === "vehicle") return "vehicle";
      const known = host.state(subject);
      return !known ? "checking" : subject.kind === "picture" && known.state === "online" ? "picture" : known.state;
    };

    /** Which rows and groups are seen. */
    function arrange() {
      const wanted = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
      let seen = 0;
      for (const one of groups) {
        const fits = one.members.filter((member) => {
          const isFound = wanted.every((word) => member.text.includes(word) || one.title.includes(word));
          const look = lookOf(member.subject);
          const isIn = isFound && (!isOnly || ["online", "picture", "vehicle"].includes(look));
          member.node.hidden = !isIn;
          return isIn;
        });
        one.node.hidden = !fits.length;
        const isOpen = one.isOpen || wanted.length > 0;
        one.inside.hidden = !isOpen;
        one.head.setAttribute("aria-expanded", String(isOpen));
        seen += fits.length;
      }
      none.hidden = seen > 0;
      put(none, definition.cameras.length || definition.vehicles.length ? "没有符合条件的摄像机" : "您的数据范围内没有摄像机");
    }

    /** What is known now. */
    function renew() {
      const shown = host.shown();
      for (const one of rows) {
        const look = lookOf(one.subject);
        const known = host.state(one.subject);
        const icon = look === "vehicle" ? "truck" : LOOKS[look] || "camera-video";
        if (!one.mark.classList.contains(`bi-${icon}`)) one.mark.className = `bi bi-${icon}`;
        one.node.dataset.state = look;
        put(one.word, look === "online" || look === "vehicle" ? "" : look === "picture" ? "仅抓拍" : look === "unset" ? "未配置" : (known && known.word) || "");
        const place = look === "vehicle" ? [...shown].filter(([key]) => key.startsWith(`v${one.subject.id}-`)).map(([, number]) => number).join(" ") : shown.get(one.subject.key) || "";
        put(one.at, String(place));
        one.node.classList.toggle("on", Boolean(place));
      }
      for (const one of groups) {
        const online = one.members.filter((member) => ["online", "picture"].includes(lookOf(member.subject))).length;
        put(one.count, one.id === VEHICLES ? `${one.members.length} 辆` : `${online} / ${one.members.length}`);
        one.count.title = one.id === VEHICLES ? "" : `在线 ${online}，共 ${one.members.length}`;
      }
      if (isOnly) arrange();
    }

    let timer = 0;
    search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => { host.search(search.value.trim()); arrange(); }, 150); });
    only.addEventListener("click", () => { isOnly = !isOnly; only.setAttribute("aria-pressed", String(isOnly)); only.classList.toggle("on", isOnly); arrange(); });
    list.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      const all = [...list.querySelectorAll("button")].filter((one) => one.offsetParent);
      const next = all[all.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) next.focus();
    });
    build();
    arrange();
    renew();
    return { renew, focus: () => search.focus() };
  };
})();
