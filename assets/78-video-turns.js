/* Taking turns (轮巡): the pictures of a group fill the panes, as many at a time as there are, and go on by the clock. */
(function () {
  "use strict";
  const park = window.park;
  const { element } = park.shell;
  const video = park.video;
  const ALL = "all";
  const PAUSES = [10, 20, 30, 60];
  const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };

  /** The control of the turns; host.fill(keys) shows some, host.view and host.go keep group (r) and pause (t) in the address. */
  video.turns = function (host) {
    const { definition } = host;
    const names = new Map([[ALL, "全部摄像机"], ...definition.groups.map((one) => [one.id, one.name])]);
    const group = element("select", { class: "input", "aria-label": "轮巡分组" }, new Option("不轮巡", ""), ...[...names].map(([id, name]) => new Option(name, id)));
    const pause = element("select", { class: "input", "aria-label": "轮巡间隔" }, ...PAUSES.map((one) => new Option(`${one} 秒`, String(one))));
    const hold = video.button("button", "暂停轮巡", () => { isHeld = !isHeld; renew(); }, "暂停");
    const told = element("span", { class: "video-turn muted", role: "status" });
    const node = element("div", { class: "video-turns" }, element("span", { class: "muted" }, "轮巡"), group, pause, hold, told);
    let place = 0;
    let since = 0;
    let isHeld = false;

    /** What can be seen of the group now; what is known to have no signal is passed over. */
    const members = () => definition.cameras.filter((one) => (host.view.r === ALL || one.group === host.view.r) && one.kind && !["offline", "unset"].includes((host.state(one) || {}).state)).map((one) => one.key);

    function fill(from) {
      const keys = members();
      const size = host.view.n;
      place = keys.length ? ((from % keys.length) + keys.length) % keys.length : 0;
      since = Date.now();
      host.fill(keys.length <= size ? keys : Array.from({ length: size }, (_, index) => keys[(place + index) % keys.length]));
    }

    function start(id) {
      isHeld = false;
      host.go({ r: names.has(id) ? id : "" });
      if (host.view.r && members().length) fill(0);
      renew();
    }

    function renew() {
      const isOn = Boolean(host.view.r);
      const keys = isOn ? members() : [];
      group.value = host.view.r;
      pause.value = String(host.view.t);
      pause.hidden = !isOn;
      hold.hidden = !isOn || keys.length <= host.view.n;
      put(hold, isHeld ? "继续" : "暂停");
      hold.title = isHeld ? "继续轮巡" : "暂停轮巡";
      if (!isOn) { put(told, ""); return; }
      if (!keys.length) { put(told, "这一组没有可播放的摄像机"); return; }
      if (keys.length <= host.view.n) { put(told, `共 ${keys.length} 路，一屏已全部显示`); return; }
      const left = host.view.t - Math.floor((Date.now() - since) / 1000);
      if (!isHeld && left <= 0 && !document.hidden) { fill(place + host.view.n); renew(); return; }
      const last = (place + host.view.n - 1) % keys.length;
      put(told, `${place + 1}–${last + 1} / ${keys.length}${isHeld ? "，已暂停" : ` · ${Math.max(0, left)} 秒后换下一组`}`);
    }

    group.addEventListener("change", () => start(group.value));
    pause.addEventListener("change", () => { host.go({ t: Number(pause.value) }); renew(); });
    return {
      node, renew, start,
      /** Somebody put a picture where they want it: it stays. */
      stop() { if (host.view.r) { host.go({ r: "" }); renew(); } },
      again() { if (host.view.r) fill(place); },
    };
  };
})();
