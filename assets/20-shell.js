/* The frame in the browser: theme, title, opened tabs, menu, messages, clock, banner, and what a refused request means. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const config = JSON.parse(document.getElementById("park-config")?.textContent || "{}");
  const ZONE = config.timeZone || "Asia/Shanghai";
  const byId = (id) => document.getElementById(id);
  const now = () => (park.live && park.live.present ? park.live.present.now() : Date.now()); // also while a page looks back

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }
  const glyph = (name) => element("i", { class: `bi bi-${name}`, "aria-hidden": "true" });

  /* ---- Going somewhere ------------------------------------------------------------------------------------------ */

  /** Open a page of the platform without loading the document again. */
  function go(href) {
    history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  /** Keep the state of a view in its address without asking the server: null or "" removes a name. */
  function state(values) {
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(values)) {
      if (value === null || value === undefined || value === "") url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    history.replaceState(history.state, "", url.pathname + url.search + url.hash);
  }

  const isOwnPage = (link) => link.origin === location.origin && !link.target && !link.hasAttribute("download") && !link.dataset.plain && !link.getAttribute("href").startsWith("#");

  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href]");
    document.querySelectorAll("details.person[open], details.more[open]").forEach((open) => {
      if (!open.contains(event.target) || link) open.removeAttribute("open");
    });
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (!link || !isOwnPage(link)) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });

  /* A search form is a link that the person writes: its fields become the address. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.search) return;
    event.preventDefault();
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (String(value).trim() !== "") query.set(name, String(value).trim());
    const text = query.toString();
    go(form.dataset.search + (text ? "?" + text : ""));
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches && event.target.matches("select[data-go]")) go(event.target.value);
  });

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest && event.target.closest(selector);
    if (at("[data-reload]")) location.reload();
    if (at("[data-print]")) printPart(at("[data-print]").dataset.print);
    const copy = at("[data-copy]");
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => show({ kind: "success", text: "已复制" }));
    if (at("#menu-fold")) foldMenu(!document.documentElement.classList.contains("menu-small"));
    if (at(".side summary") && document.documentElement.classList.contains("menu-small")) foldMenu(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelectorAll("details.person[open]").forEach((open) => open.removeAttribute("open"));
  });

  /** Print the page, or of a page with an opened record only the record (20-shell.css). */
  function printPart(part) {
    document.documentElement.dataset.printed = part;
    window.print();
  }
  window.addEventListener("afterprint", () => { delete document.documentElement.dataset.printed; });

  function foldMenu(small) {
    document.documentElement.classList.toggle("menu-small", small);
    try { localStorage.setItem("park.menu-small", small ? "1" : ""); } catch (error) { /* private window: not remembered */ }
  }
  try { if (localStorage.getItem("park.menu-small")) document.documentElement.classList.add("menu-small"); } catch (error) { /* as above */ }

  /* ---- The page that the router put into the frame --------------------------------------------------------------- */

  function adopt(page) {
    const root = document.documentElement;
    const theme = page.dataset.theme;
    if (root.dataset.theme !== theme || root.dataset.shell !== page.dataset.shell) {
      root.dataset.theme = theme;
      root.dataset.bsTheme = theme;
      root.dataset.shell = page.dataset.shell;
      document.dispatchEvent(new CustomEvent("park:theme", { detail: theme }));
    }
    document.title = `${page.dataset.title} · ${config.park || ""}`;
    const title = byId("head-title");
    if (title) title.textContent = page.dataset.tab || page.dataset.title;
    if (page.dataset.shell === "office") remember({ href: page.dataset.href, label: page.dataset.tab || page.dataset.title, lost: !page.dataset.tab });
    drawTabs(page.dataset.href);
    document.dispatchEvent(new CustomEvent("park:page", { detail: { href: page.dataset.href } }));
  }

  /** Watch the content from its first appearance: an observer runs before the page's own drawing functions do. */
  function watch() {
    const content = byId("page-content");
    if (!content) { requestAnimationFrame(watch); return; }
    const look = () => { const page = content.firstElementChild; if (page && page.dataset.theme) adopt(page); };
    new MutationObserver(look).observe(content, { childList: true });
    look();
    tick();
  }
  watch();

  /* ---- Opened pages as tabs (office) ------------------------------------------------------------------------------ */

  try { // what somebody else had open in this tab is not this person's
    if (sessionStorage.getItem("park.as") !== (config.as || "")) sessionStorage.removeItem("park.tabs");
    sessionStorage.setItem("park.as", config.as || "");
  } catch (error) { /* not remembered */ }
  const MOST_TABS = 12;
  const LONGEST_LABEL = 16;
  const pathOf = (href) => href.split("?")[0];
  const tabs = {
    all() { try { return JSON.parse(sessionStorage.getItem("park.tabs") || "[]"); } catch (error) { return []; } },
    keep(list) { try { sessionStorage.setItem("park.tabs", JSON.stringify(list)); } catch (error) { /* not remembered */ } },
  };

  function remember(tab) {
    if (pathOf(tab.href) === "/" || tab.lost) return;
    const list = tabs.all();
    const place = list.findIndex((one) => pathOf(one.href) === pathOf(tab.href));
    if (place >= 0) list[place] = tab; else list.push(tab);
    tabs.keep(list.slice(-MOST_TABS));
  }

  function drawTabs(current) {
    const strip = byId("tab-strip");
    if (!strip) return;
    const here = pathOf(current);
    const drawn = [{ href: "/", label: "首页" }, ...tabs.all()].map((tab) => {
      const link = element("a", { href: tab.href, class: pathOf(tab.href) === here ? "on" : "", title: tab.label }, tab.label.length > LONGEST_LABEL ? `${tab.label.slice(0, LONGEST_LABEL - 1)}…` : tab.label);
      if (tab.href === "/") return link;
      const close = element("button", { class: "tab-close", title: "关闭", "aria-label": `关闭 ${tab.label}` }, glyph("x"));
      close.addEventListener("click", (event) => { event.preventDefault(); event.stopPropagation(); closeTab(tab, here); });
      return element("span", { class: pathOf(tab.href) === here ? "page-tab on" : "page-tab" }, link, close);
    });
    strip.replaceChildren(...drawn);
  }

  function closeTab(tab, here) {
    const list = tabs.all();
    const place = list.findIndex((one) => one.href === tab.href);
    const left = list.filter((one) => one.href !== tab.href);
    tabs.keep(left);
    if (pathOf(tab.href) === here) go((left[place] || left[place - 1] || { href: "/" }).href);
    else drawTabs(location.pathname);
  }

  /* ---- Messages --------------------------------------------------------------------------------------------------- */

  const MARKS = { success: "check-circle-fill", info: "info-circle-fill", warning: "exclamation-triangle-fill", error: "x-circle-fill" };

  /** Show {kind: success|info|warning|error, text}: success leaves after 3 s, information after 6 s, the rest stays. */
  function show(message) {
    const area = byId("messages");
    if (!message || !message.text) return;
    if (!area) { setTimeout(() => show(message), 100); return; } // the frame is still being drawn: nothing that was said is lost
    const same = [...area.children].find((one) => one.dataset.text === message.text);
    if (same) same.remove();
    const close = element("button", { class: "message-close", title: "关闭", "aria-label": "关闭" }, glyph("x-lg"));
    const box = element("div", { class: `message ${message.kind}`, role: message.kind === "error" ? "alert" : "status", "data-text": message.text },
      glyph(MARKS[message.kind] || MARKS.info), element("span", {}, message.text), close);
    close.addEventListener("click", () => box.remove());
    area.append(box);
    while (area.children.length > 5) area.firstElementChild.remove();
    const stay = message.stays ? 0 : { success: 3000, info: 6000 }[message.kind];
    if (stay) setTimeout(() => box.remove(), stay);
  }

  /* ---- What an answer of the server means ------------------------------------------------------------------------- */

  let leaving = false;
  let unreachableSince = 0;

  function signIn() {
    if (leaving) return;
    leaving = true;
    location.href = `${config.door || "/login"}?next=` + encodeURIComponent(location.pathname + location.search);
  }

  async function refusal(response) {
    try {
      const body = await response.clone().json();
      return body.message || body.error || "";
    } catch (error) { return ""; }
  }

  const plainFetch = window.fetch.bind(window);
  window.fetch = async function (resource, options) {
    const url = new URL(resource instanceof Request ? resource.url : resource, location.href);
    const own = url.origin === location.origin;
    let response;
    try {
      response = await plainFetch(resource, options);
    } catch (error) {
      if (own && url.pathname.startsWith("/_dash") && !(options && options.signal && options.signal.aborted)) unreachableSince = unreachableSince || Date.now();
      throw error;
    }
    if (!own) return response;
    if (response.status < 500) unreachableSince = 0;
    if (config.as && (response.headers.get("X-Park-As") || config.as) !== config.as) { // signed in as somebody else since
      if (!leaving) { leaving = true; location.reload(); }
      return response;
    }
    if (response.status === 401 || (response.redirected && new URL(response.url).pathname.endsWith("/login"))) signIn();
    if (response.status === 403) show({ kind: "error", text: (await refusal(response)) || "没有权限执行这一操作，请联系系统管理员。" });
    if (response.status >= 500 && url.pathname.startsWith("/_dash")) {
      show({ kind: "error", text: (await refusal(response)) || `服务器暂时没有完成请求（${response.status}），请稍后重试。` });
    }
    return response;
  };

  /* ---- Clock and banner, once a second ---------------------------------------------------------------------------- */

  const clockFormat = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, hour12: false, hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const dateFormat = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" });
  const dayFormat = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, weekday: "short" });

  const put = (node, text) => { if (node && node.textContent !== text) node.textContent = text; };

  function drawClock() {
    const at = new Date(now());
    put(document.querySelector("#head-clock .clock-time"), clockFormat.format(at).replace(/^24/, "00"));
    put(document.querySelector("#head-clock .clock-date"), `${dateFormat.format(at)} ${dayFormat.format(at)}`);
  }

  /** mm:ss, or h:mm:ss from an hour on. */
  function lapse(ms) {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    const two = (number) => String(number).padStart(2, "0");
    const hours = Math.floor(seconds / 3600);
    return (hours ? hours + ":" : "") + two(Math.floor(seconds / 60) % 60) + ":" + two(seconds % 60);
  }

  const GRACE_MS = 6000;      // a connection needs a moment at the start and after a restart
  const INGEST_SILENT_MS = 30000;
  const openedAt = Date.now();
  let worseSince = 0;

  /** The most important thing that is wrong with the data on this page, or null. */
  function trouble() {
    if (navigator.onLine === false) return { tone: "red", text: "网络已断开，画面数值可能已过期，恢复后自动重连" };
    if (unreachableSince) return { tone: "red", text: `连不上服务器 ${lapse(Date.now() - unreachableSince)}，正在自动重试` };
    const live = park.live;
    if (!live || !live.status) return null;
    const health = live.health || {};
    if (live.status.mode === "down") return { tone: "red", text: `实时连接中断 ${live.status.at ? lapse(now() - live.status.at) : ""}，画面数值可能已过期，正在自动重连` };
    if (health.database === false) return { tone: "red", text: "数据库暂时连不上，系统正在自动恢复，期间不能保存和查询" };
    if (health.broker === false) return { tone: "red", text: "物联消息服务中断，储罐数值可能已过期，系统正在自动恢复" };
    if (health.ingest === false || (health.ingest_at && now() - health.ingest_at > INGEST_SILENT_MS)) {
      return { tone: "red", text: `数据接入中断${health.ingest_at ? " " + lapse(now() - health.ingest_at) : ""}，画面数值可能已过期` };
    }
    if (live.status.mode === "poll") return { tone: "orange", text: "实时推送中断，已改为定时取数，数值约晚 5 秒" };
    return null;
  }

  function drawBanner() {
    const banner = byId("banner");
    if (!banner) return;
    const wrong = Date.now() - openedAt < GRACE_MS ? null : trouble();
    worseSince = wrong ? worseSince || Date.now() : 0;
    const shown = wrong && Date.now() - worseSince > 2000 ? wrong : null;
    banner.className = shown ? `banner ${shown.tone}` : "";
    if (!shown) { if (banner.firstChild) banner.replaceChildren(); return; }
    if (!banner.firstChild) banner.replaceChildren(glyph("exclamation-triangle-fill"), element("span", {}));
    put(banner.lastElementChild, shown.text);
  }

  function tick() { drawClock(); drawBanner(); }
  setInterval(tick, 1000);

  park.shell = { go, state, show, lapse, config, element };
})();
