/* One pane: its head (number, name, time of the picture, buttons), the picture, and the words that stand where there is none.
 *
 * video.pane(number, host) gives { node, show(subject), renew(), subject }. A subject is {key, name, place, kind, …}; `host` tells the pane what
 * the server knows: host.state(subject), host.request(key), host.definition.
 */
(function () {
  "use strict";
  const park = window.park;
  const { element, lapse } = park.shell;
  const video = park.video;
  const glyph = (name) => element("i", { class: `bi bi-${name}`, "aria-hidden": "true" });
  const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
  const now = () => park.live.now();
  const clock = (video.clock = (ms) => park.draw.time(ms));

  const button = (video.button = function (className, title, onClick, ...inside) {
    const made = element("button", { type: "button", class: className, title, "aria-label": title }, ...inside);
    made.addEventListener("click", (event) => { event.stopPropagation(); onClick(event); });
    return made;
  });

  /** The words of 76-video-words.js, and what a person may do about it. */
  function words(pane, host) {
    const { subject, player } = pane;
    if (!subject) return { icon: "plus-square-dotted", title: "", text: "从左侧选择，或把摄像机拖到这里", tone: "empty" };
    if (subject.kind === "missing") return { icon: "question-square", title: "没有这路视频", text: "它可能已删除，或不在您的数据范围内", tone: "unset" };
    if (subject.kind === "vehicle" && player && player.state === "dead") return asked(pane, host);
    const found = video.words(subject, player, host.state(subject));
    if (found && !subject.kind && host.definition.rights.edit) found.action = element("a", { class: "button", href: `/video/cameras?q=${encodeURIComponent(subject.code)}` }, "去配置");
    return found;
  }

  /** A vehicle sends only when it was asked to. */
  function asked(pane, host) {
    const request = host.request(pane.subject.key);
    const ask = host.definition.rights.command && button("button primary", "请终端发送这个通道的画面", () => host.ask(pane.subject), "请求视频");
    const none = host.definition.rights.command ? "车载终端收到请求后才发送画面" : "请有“向车辆下发指令”权限的人请求";
    if (!request || request.state === "stopped") return { icon: "truck", title: "终端没有发送画面", text: none, action: ask, tone: "unset" };
    if (request.state === "waiting" || request.state === "sent") return { icon: "hourglass", title: request.state === "waiting" ? "等待终端上线" : "已请求，等待终端应答", text: lapse(now() - request.at), tone: "wait" };
    if (request.kind === "video" && request.state === "answered") return { icon: "camera-video", title: "终端已受理，等待画面", text: `${clock(request.at)} 应答 · 流媒体服务器：${pane.player.reason}`, action: ask, tone: "wait" };
    return { icon: "camera-video-off", title: `请求${request.word}`, text: request.result || clock(request.at), action: ask, tone: "dead" };
  }

  video.pane = function (number, host) {
    const name = element("b", { class: "pane-name" });
    const place = element("span", { class: "pane-place" });
    const state = element("span", { class: "pane-time" });
    const channel = element("span", { class: "pane-channel" });
    const tools = element("span", { class: "pane-tools" });
    const head = element("header", { class: "pane-head" }, element("span", { class: "pane-number" }, String(number)), name, place, channel, state, tools);
    const screen = element("div", { class: "pane-screen" });
    const say = element("div", { class: "pane-say" });
    const node = element("section", { class: "pane", tabindex: "-1", "aria-label": `画面 ${number}` }, head, screen, say);
    const pane = { node, number, subject: null, player: null };
    let told = "";
    let image = null;

    function buildTools() {
      const { subject } = pane;
      channel.replaceChildren();
      if (!subject) { tools.replaceChildren(); return; }
      const stop = subject.kind === "vehicle" && host.definition.rights.command && button("pane-tool", "请终端停止发送", () => host.stop(subject), glyph("stop-circle"));
      tools.replaceChildren(...[
        stop,
        subject.lon && button("pane-tool", "在地图上查看", () => park.shell.go(`/map?sel=cam:${encodeURIComponent(subject.code)}&layers=enterprise,tank,vehicle,alarm,place,camera`), glyph("geo-alt")),
        button("pane-tool", "全屏 (F)", () => host.full(pane), glyph("fullscreen")),
        button("pane-tool", "关闭 (Delete)", () => host.close(pane), glyph("x-lg")),
      ].filter(Boolean));
      if (subject.kind === "vehicle") {
        const step = (by) => button("pane-tool", by > 0 ? "下一通道" : "上一通道", () => host.channel(pane, by), glyph(by > 0 ? "chevron-right" : "chevron-left"));
        channel.replaceChildren(step(-1), element("span", {}, `通道 ${subject.channel}`), step(1));
      }
    }

    /** Show this subject; null empties the pane. */
    pane.show = function (subject) {
      if (pane.player) { pane.player.destroy(); pane.player = null; }
      pane.subject = subject;
      image = null;
      screen.replaceChildren();
      put(name, subject ? subject.name : "");
      name.title = subject ? subject.name : "";
      put(place, subject && subject.place && !subject.name.includes(subject.place) ? subject.place : "");
      node.dataset.key = subject ? subject.key : "";
      if (subject && (subject.kind === "stream" || subject.kind === "vehicle")) {
        pane.player = video.player(screen, subject.key, { hls: host.definition.hls, name: subject.name, onChange: () => pane.renew() });
      } else if (subject && subject.kind === "picture") {
        image = element("img", { alt: `${subject.name} 抓拍` });
      }
      buildTools();
      pane.renew();
    };

    function renewPicture() {
      const known = host.state(pane.subject);
      if (!image || !known || !known.picture) return;
      const source = `/video/snapshot/${pane.subject.id}?v=${known.picture}`;
      if (image.getAttribute("src") !== source) image.setAttribute("src", source);
      if (!image.isConnected) screen.append(image);
      const { text, isOld } = video.words.time(null, known, host.definition.snapshotEvery);
      put(state, text);
      node.classList.toggle("stale", isOld);
    }

    /** Bring words and time up to date; once a second. */
    pane.renew = function () {
      const { player, subject } = pane;
      const found = words(pane, host);
      const look = found ? JSON.stringify([found.icon, found.title, found.text, found.more, found.tone, Boolean(found.action)]) : "";
      node.dataset.state = found ? found.tone : subject ? "playing" : "empty";
      if (look !== told) {
        told = look;
        say.hidden = !found;
        const kept = found && say.querySelector(":scope > .button, :scope > .primary");
        if (found && kept && found.action && kept.textContent === found.action.textContent) found.action = kept; // a button stays under the pointer
        say.replaceChildren(...(found ? [glyph(found.icon), found.title && element("b", {}, found.title), found.text && element("span", {}, found.text), found.more && element("small", {}, found.more), found.action] : []).filter(Boolean));
      }
      if (image) { renewPicture(); return; }
      put(state, video.words.time(player, null, 0).text);
      state.title = player && player.isExact ? "视频流自带的画面时间" : "视频流没有画面时间，这是收到画面的时间";
    };

    node.addEventListener("click", () => host.choose(pane));
    node.addEventListener("dblclick", (event) => { if (!event.target.closest("button")) host.full(pane); });
    head.draggable = true;
    head.addEventListener("dragstart", (event) => {
      if (!pane.subject) { event.preventDefault(); return; }
      event.dataTransfer.setData("text/plain", `pane:${number}`);
    });
    node.addEventListener("dragover", (event) => { event.preventDefault(); node.classList.add("over"); });
    node.addEventListener("dragleave", () => node.classList.remove("over"));
    node.addEventListener("drop", (event) => {
      event.preventDefault();
      node.classList.remove("over");
      host.drop(pane, event.dataTransfer.getData("text/plain"));
    });
    pane.show(null);
    return pane;
  };

  /** The picture of one camera on another page: a pane without anything to choose. `definition` says where hls.js is. */
  video.card = function (camera, definition) {
    const states = { cameras: {} };
    const host = {
      definition: { hls: definition.hls || "", rights: { edit: false, command: false }, snapshotEvery: 300, states },
      state: (subject) => host.definition.states.cameras[String(subject.id)] || null,
      request: () => null,
      choose() {}, drop() {},
      full: (pane) => pane.node.requestFullscreen && pane.node.requestFullscreen().catch(() => {}),
      close: (pane) => pane.show(null),
    };
    const pane = video.pane(1, host);
    pane.node.querySelector(".pane-head").draggable = false;
    pane.show({ ...camera, lon: null, place: "" });
    const node = element("div", { class: "card-pane" }, pane.node);
    const ask = video.follow(host.definition, () => [], () => node.isConnected, pane.renew);
    ask.now();
    return { node, renew() { pane.renew(); ask(false); } };
  };
})();
