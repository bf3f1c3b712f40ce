/* 抓拍墙: the newest snapshot of every camera with its time; a click opens the live picture. */
(function () {
  "use strict";
  const park = window.park;
  const pages = window.park_pages;
  const { element } = park.shell;
  const video = park.video;
  const glyph = (name) => element("i", { class: `bi bi-${name}`, "aria-hidden": "true" });
  const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
  const ONLY = [["", "全部"], ["pictured", "有抓拍"], ["online", "在线"], ["offline", "无信号"]];
  const LATE = 3;

  pages.video_wall = function (definition) {
    const box = document.getElementById("video-wall");
    if (!definition || !box) return window.dash_clientside.no_update;
    const view = { ...definition.wanted };
    const names = new Map(definition.groups.map((one) => [one.id, one.name]));
    const state = (camera) => definition.states.cameras[String(camera.id)] || { state: "checking", word: "正在检测" };
    const fits = {
      "": () => true,
      pictured: (camera) => Boolean(state(camera).picture),
      online: (camera) => state(camera).state === "online",
      offline: (camera) => ["offline", "stalled"].includes(state(camera).state),
    };

    const buttons = ONLY.map(([code, word]) => {
      const count = element("b", {});
      const made = video.button("", word, () => go({ only: code }), `${word} `, count);
      return { code, node: made, count };
    });
    const group = element("select", { class: "input", "aria-label": "企业" }, new Option("全部企业", ""), ...[...names].map(([id, name]) => new Option(name, id)));
    const search = element("input", { type: "search", class: "input", maxlength: "60", placeholder: "摄像机、编码", "aria-label": "搜索摄像机" });
    const every = definition.snapshotEvery ? `每 ${definition.snapshotEvery >= 120 ? `${Math.round(definition.snapshotEvery / 60)} 分钟` : `${definition.snapshotEvery} 秒`}抓拍一次` : "已关闭定时抓拍（PARK_VIDEO_SNAPSHOT_S）";
    const head = element("div", { class: "video-head" },
      element("div", { class: "segments", role: "group", "aria-label": "显示" }, ...buttons.map((one) => one.node)),
      group, search, element("span", { class: "muted" }, every), element("span", { class: "grow" }),
      element("a", { class: "button", href: "/video" }, glyph("camera-video"), "实时视频"));
    const grid = element("div", { class: "shot-grid" });
    const none = element("p", { class: "video-none" });
    box.replaceChildren(head, grid, none);

    const tiles = definition.cameras.map((camera) => {
      const image = element("img", { alt: "", loading: "lazy" });
      const say = element("span", { class: "shot-say" });
      const word = element("small", {});
      const age = element("span", { class: "shot-age" });
      const node = element("a", { class: "shot", href: `/video?cam=${encodeURIComponent(camera.code)}`, title: camera.name },
        element("span", { class: "shot-picture" }, say), element("span", { class: "shot-foot" }, element("b", {}, camera.name), word, element("span", { class: "shot-place" }, names.get(camera.group) || ""), age));
      return { camera, node, image, say, word, age, text: `${camera.name} ${camera.code} ${names.get(camera.group) || ""}`.toLowerCase() };
    });
    grid.replaceChildren(...tiles.map((one) => one.node));

    function renewTile(one) {
      const known = state(one.camera);
      const now = park.live.now();
      const source = known.picture ? `/video/snapshot/${one.camera.id}?v=${known.picture}` : "";
      if (source && one.image.getAttribute("src") !== source) { one.image.setAttribute("src", source); one.image.alt = `${one.camera.name} 抓拍`; }
      if (source && !one.image.isConnected) one.node.firstElementChild.append(one.image);
      const isOld = known.picture && now - known.pictured > LATE * 1000 * Math.max(60, definition.snapshotEvery);
      one.node.dataset.state = known.state;
      one.node.classList.toggle("stale", Boolean(isOld));
      put(one.say, source ? "" : known.state === "unset" ? "未配置视频源" : known.no_picture || (known.state === "offline" ? `无信号${known.reason ? `：${known.reason}` : ""}` : "等待第一次抓拍"));
      put(one.word, known.state === "online" || known.state === "unset" ? "" : known.word);
      put(one.age, known.picture ? `${video.clock(known.pictured)}${isOld ? ` · ${park.draw.age(now - known.pictured)}，已过期` : ""}` : "");
      if (known.picture && known.no_picture) one.node.title = `${one.camera.name}：最近一次${known.no_picture}`;
    }

    function renew() {
      const wanted = view.q.toLowerCase().split(/\s+/).filter(Boolean);
      const inGroup = (one) => (!view.group || one.camera.group === view.group) && wanted.every((word) => one.text.includes(word));
      let seen = 0;
      for (const one of tiles) {
        renewTile(one);
        one.node.hidden = !(inGroup(one) && fits[view.only](one.camera));
        seen += one.node.hidden ? 0 : 1;
      }
      for (const one of buttons) {
        put(one.count, String(tiles.filter((tile) => inGroup(tile) && fits[one.code](tile.camera)).length));
        one.node.classList.toggle("on", one.code === view.only);
        one.node.setAttribute("aria-pressed", String(one.code === view.only));
      }
      none.hidden = seen > 0;
      put(none, tiles.length ? "没有符合条件的摄像机" : "您的数据范围内没有摄像机");
    }

    function go(change) {
      Object.assign(view, change);
      park.shell.state({ group: view.group, only: view.only, q: view.q });
      renew();
    }

    group.value = names.has(view.group) ? view.group : "";
    view.group = group.value;
    search.value = view.q;
    group.addEventListener("change", () => go({ group: group.value }));
    search.addEventListener("input", () => go({ q: search.value.trim() }));
    const ask = video.follow(definition, () => [], () => box.isConnected, renew);
    const timer = setInterval(() => { if (box.isConnected) { ask(false); renew(); } else clearInterval(timer); }, 2000);
    renew();
    return "";
  };
})();
