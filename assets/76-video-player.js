/* One live picture: HLS played by the browser itself where it can, else by hls.js, which is fetched when it is first needed.
 *
 * video.player(box, key, options) puts the picture into `box` and tells `options.onChange(player)` whenever its state changes;
 * `options.door(what)` is the address of its "check" and of its "live.m3u8" where it is not the one of a person. States are connecting, playing, stalled (no new picture for ten seconds), dead (with the reason), unsupported. It tries again by itself.
 */
(function () {
  "use strict";
  const park = window.park;
  const video = (park.video = park.video || {});

  const TYPE = "application/vnd.apple.mpegurl";
  const STALLED_MS = 10000;
  const RENEW_MS = 30000; // after so long a stand-still the stream is asked for anew
  const FIRST_MS = 25000; // within so long there must be a first picture
  const RETRY_MS = [4000, 6000, 10000, 20000, 30000];
  const BEHIND_S = 30;

  const players = new Set();
  const now = () => park.live.now();
  const doorOf = (key) => (what) => (what === "check" ? `/video/check/${key}` : `/video/hls/${key}/${what}`);
  const playsItself = () => Boolean(document.createElement("video").canPlayType(TYPE));

  let library = null;
  /** hls.js, or null where there is none. */
  function loaded(url) {
    if (!url) return Promise.resolve(null);
    library = library || new Promise((done) => {
      const script = Object.assign(document.createElement("script"), { src: url });
      script.onload = () => done(window.Hls || null);
      script.onerror = () => { library = null; done(null); };
      document.head.append(script);
    });
    return library;
  }

  video.canPlay = (url) => playsItself() || Boolean(url && (window.ManagedMediaSource || window.MediaSource));

  async function asked(door) {
    try {
      const answer = await fetch(door("check"), { headers: { Accept: "application/json" } });
      const told = await answer.json();
      return answer.ok ? told : { live: false, reason: told.error || told.message || `平台应答 ${answer.status}` };
    } catch (error) {
      return { live: false, reason: "连不上平台" };
    }
  }

  video.player = function (box, key, options) {
    const node = Object.assign(document.createElement("video"), { playsInline: true, disablePictureInPicture: true, muted: true, autoplay: true, ariaLabel: options.name || "实时视频" });
    const door = options.door || doorOf(key);
    const me = { node, key, state: "connecting", since: now(), reason: "", frameAt: 0, isExact: false, retryAt: 0 };
    let hls = null;
    let timer = 0;
    let tries = 0;
    let isGone = false;
    let isAttached = false;
    let attachedAt = 0;
    let movedAt = 0;
    let lostAt = 0; // since when there is no picture, through all that was tried since
    let time = -1;

    function set(state, reason, since) {
      const isNew = me.state !== state || me.reason !== (reason || "");
      if (me.state !== state) me.since = since || now();
      me.state = state;
      me.reason = reason || "";
      if (isNew) options.onChange(me);
    }

    function detach() {
      isAttached = false;
      if (hls) { hls.destroy(); hls = null; }
      if (node.hasAttribute("src")) { node.removeAttribute("src"); node.load(); }
    }

    /** The stream does not come; it is tried again, less and less often. */
    function fail(reason) {
      if (isGone) return;
      detach();
      const pause = RETRY_MS[Math.min(tries, RETRY_MS.length - 1)];
      tries += 1;
      me.retryAt = Date.now() + pause;
      clearTimeout(timer);
      timer = setTimeout(connect, pause);
      lostAt = lostAt || (me.state === "stalled" ? me.since : now());
      set("dead", reason, lostAt);
    }

    async function connect() {
      clearTimeout(timer);
      if (!video.canPlay(options.hls)) { set("unsupported"); return; }
      const told = await asked(door);
      if (isGone || isAttached) return;
      if (!told.live) { fail(told.reason); return; }
      attach();
    }

    async function attach() {
      isAttached = true;
      attachedAt = movedAt = Date.now();
      time = -1;
      if (me.state === "dead") set("connecting");
      if (playsItself()) {
        node.src = door("live.m3u8");
      } else {
        const Hls = await loaded(options.hls);
        if (isGone || !isAttached) return;
        if (!Hls || !Hls.isSupported()) { isAttached = false; set("unsupported"); return; }
        hls = new Hls({ lowLatencyMode: false, liveSyncDurationCount: 2, liveMaxLatencyDurationCount: 10, maxBufferLength: 12, backBufferLength: 10 });
        hls.on(Hls.Events.ERROR, (event, data) => { if (data.fatal) fail("视频流中断"); });
        hls.loadSource(door("live.m3u8"));
        hls.attachMedia(node);
      }
      node.play().catch(() => {}); // a page in the background may not; the next tick tries again
    }

    /** The moment that the picture shows, where the stream tells it; else the moment at which it came. */
    function clock() {
      const start = node.getStartDate ? node.getStartDate() : null;
      const shown = hls ? hls.playingDate : start && Number.isFinite(start.getTime()) ? new Date(start.getTime() + node.currentTime * 1000) : null;
      me.isExact = Boolean(shown);
      me.frameAt = shown ? shown.getTime() : now();
    }

    /** Back to where the stream is now: a page that was asleep must not show the past as the present. */
    function catchUp() {
      if (hls || !node.seekable.length) return;
      const end = node.seekable.end(node.seekable.length - 1);
      if (Number.isFinite(end) && end - node.currentTime > BEHIND_S) node.currentTime = Math.max(0, end - 8);
    }

    me.tick = function () {
      if (!isAttached) return;
      if (document.hidden) { movedAt = attachedAt = Date.now(); return; }
      if (node.paused) node.play().catch(() => {});
      if (node.currentTime !== time && node.readyState >= 2) {
        const isFirst = time < 0;
        time = node.currentTime;
        if (isFirst && me.state !== "playing") return; // one picture is no motion yet
        movedAt = Date.now();
        tries = 0;
        lostAt = 0;
        clock();
        catchUp();
        set("playing");
        return;
      }
      const still = Date.now() - movedAt;
      if (me.state === "connecting") { if (Date.now() - attachedAt > FIRST_MS) fail("连上了，但没有画面"); return; }
      if (still > STALLED_MS) set("stalled", "", now() - still);
      if (still > RENEW_MS) renew();
    };

    let isRenewing = false;
    /** After a long stand-still: the last picture stays under its veil until it is known what is the matter. */
    async function renew() {
      if (isRenewing) return;
      isRenewing = true;
      const told = await asked(door);
      isRenewing = false;
      if (isGone || me.state !== "stalled") return;
      if (!told.live) { fail(told.reason); return; }
      detach();
      attach();
    }

    me.retry = function () { if (!isAttached && me.state !== "unsupported") { tries = 0; connect(); } };
    me.destroy = function () {
      isGone = true;
      clearTimeout(timer);
      players.delete(me);
      detach();
      node.remove();
    };

    node.addEventListener("error", () => { if (isAttached && !hls && node.hasAttribute("src")) fail("视频流中断或格式不支持"); });
    box.append(node);
    players.add(me);
    connect();
    return me;
  };

  const ASK_MS = 10000;
  const SOON_MS = 3000; // while a terminal is about to answer

  /** Keeps `definition.states` as the server knows the cameras: call what it gives every second or so, with true to ask sooner, or its
   *  `now()`. `keys()` are vehicle channels whose requests are asked for too; `done` is told after each answer, while `isAlive()`. */
  video.follow = function (definition, keys, isAlive, done) {
    let isAsking = false;
    let askedAt = Date.now();
    async function ask() {
      if (isAsking) return;
      isAsking = true;
      askedAt = Date.now();
      try {
        const answer = await fetch(`/video/states?requests=${keys().join(",")}`, { headers: { Accept: "application/json" } });
        if (answer.ok && isAlive()) { definition.states = await answer.json(); done(); }
      } catch (error) { /* the banner says that the server is away */ }
      isAsking = false;
    }
    const often = (isSoon) => { if (!document.hidden && Date.now() - askedAt >= (isSoon ? SOON_MS : ASK_MS)) ask(); };
    often.now = ask;
    return often;
  };

  // Whatever left the page is put away, however it left.
  setInterval(() => {
    for (const one of [...players]) {
      if (one.node.isConnected) one.tick();
      else one.destroy();
    }
  }, 1000);
})();
