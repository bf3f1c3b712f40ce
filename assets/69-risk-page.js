/* 风险四色图, the page round the block: the list or one enterprise with every reason, and the line of time with its past. */
(function () {
  "use strict";
  const park = window.park;
  const map = park.map;
  const el = map.element;
  const risk = park.risk;
  const byId = (id) => document.getElementById(id);
  const isPhone = () => window.matchMedia("(max-width: 767px)").matches;

  const MINUTE = 60000;
  const MOST_REASONS = 5; // of one zone that are shown at once
  const RANGES = [[24, "24 小时"], [168, "7 天"]];
  let page = null; // the page that is open: view, definition, state

  async function ask(path) {
    const answer = await fetch(path, { credentials: "same-origin", headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) throw new Error(`${path} ${answer.status}`);
    return answer.json();
  }

  function told() {
    const { firm, zone } = page.view.picked;
    const found = page.firms.get(firm);
    park.shell.state({ enterprise: found ? found.code : null, zone: zone || null, division: page.division || null, at: page.at || null, hours: page.hours === RANGES[0][0] ? null : page.hours });
  }

  /* ---- Beside the map ------------------------------------------------------------------------------------------------ */

  function head(view) {
    const box = byId("risk-head");
    const firm = page.firms.get(view.picked.firm);
    const crumb = (words, onClick) => (onClick ? map.button("", "", onClick, words) : el("b", "", words));
    const division = page.division ? page.definition.divisions[page.division] : "";
    const steps = [crumb(page.definition.park, firm || division ? () => { page.division = 0; view.pick(0); view.whole(); } : null)];
    if (firm) steps.push(crumb(page.definition.divisions[firm.division], () => { page.division = firm.division; view.pick(0); view.whole(); }));
    else if (division) steps.push(crumb(division));
    if (firm) steps.push(crumb(firm.short, view.picked.zone ? () => view.pick(firm.id) : null));
    const zone = view.picked.zone && page.definition.zones.find((one) => one.id === view.picked.zone);
    if (zone) steps.push(crumb(zone.name));
    const marked = firm ? view.levels.get(firm.id) : division ? gravest(view, page.division) : view.levels.get("park");
    const level = marked ? el("span", "risk-level", risk.badge(page.definition, marked.level, "big"), el("b", "", `${page.definition.levels[marked.level].word}风险`)) : null;
    box.replaceChildren(el("nav", "risk-crumbs", ...steps.flatMap((one, i) => (i ? [el("i", "", "›"), one] : [one]))), ...(level ? [level] : []));
  }

  function gravest(view, division) {
    const firms = page.definition.enterprises.filter((one) => String(one.division) === String(division));
    return firms.map((one) => view.levels.get(one.id)).filter(Boolean).sort((a, b) => a.level - b.level)[0];
  }

  /** The places of the region, each with its gravest level and how many enterprises are above 低. */
  function divisions(view) {
    const names = Object.entries(page.definition.divisions);
    if (names.length < 2 || page.division) return [];
    const rows = names.map(([id, name]) => {
      const firms = page.definition.enterprises.filter((one) => String(one.division) === id);
      const found = gravest(view, id);
      const number = (level) => firms.filter((one) => view.levels.get(one.id)?.level === level).length;
      const figures = [1, 2, 3, 4].map((level) => el("small", "", `${page.definition.levels[level].letter} ${number(level)}`));
      const row = map.button("risk-division", "", () => { page.division = Number(id); told(); view.redraw(); }, ...(found ? [risk.badge(page.definition, found.level)] : []), el("b", "", name), el("span", "risk-figures", ...figures), el("span", "muted", `${firms.length} 家`));
      row.dataset.division = id;
      return row;
    });
    return [el("header", "risk-list-head", el("b", "", "区域")), ...rows];
  }

  function firms(view) {
    const all = risk.worst(view).filter((one) => !page.division || String(one.division) === String(page.division));
    const words = view.only ? `${page.definition.levels[view.only].word}风险企业` : "企业";
    const header = el("header", "risk-list-head", el("b", "", words), el("span", "", `${all.length} 家，风险高的在前`));
    return [header, ...(all.length ? all.map((firm) => risk.row(view, firm, (one) => view.pick(one.id))) : [el("p", "risk-none", page.definition.zones.length ? "没有这样的企业" : "还没有风险区域")])];
  }

  function rail(view) {
    if (page.shownFirm !== view.picked.firm) { // a phone shows whose it is as soon as somebody picks
      page.shownFirm = view.picked.firm;
      byId("risk-rail").classList.toggle("open", Boolean(view.picked.firm));
    }
    head(view);
    const box = byId("risk-worst");
    if (view.picked.firm) return reasons(view, box);
    page.asked = "";
    box.replaceChildren(...divisions(view), ...firms(view));
  }

  /* ---- One enterprise ------------------------------------------------------------------------------------------------- */

  /** Ask for the reasons when the enterprise, its colours or the minute changed; what is shown stays until they are here. */
  function reasons(view, box) {
    const firm = page.firms.get(view.picked.firm);
    const stamp = page.definition.zones.filter((one) => one.enterprise_id === firm.id).map((one) => view.colours.get(one.id)?.changed || 0).join();
    const wanted = `${firm.id}/${page.at}/${stamp}`;
    if (page.asked === wanted) return showZone(view);
    if (!page.asked.startsWith(`${firm.id}/`)) box.replaceChildren(el("p", "risk-none", "正在读取…"));
    page.asked = wanted;
    return ask(`/risk-map/reasons?enterprise=${firm.id}${page.at ? `&at=${page.at}` : ""}`)
      .then((answer) => { if (page.asked === wanted) { box.replaceChildren(...firmParts(view, firm, answer.zones)); showZone(view); } })
      .catch(() => { if (page.asked === wanted) { page.asked = ""; box.replaceChildren(el("p", "risk-none", "没有读到原因，请稍后重试")); } });
  }

  function firmParts(view, firm, zones) {
    const name = el("div", "risk-firm", el("b", "", firm.name), el("span", "muted", page.definition.divisions[firm.division] || ""));
    return [name, ...(zones.length ? zones.map((one) => zonePart(view, firm, one)) : [el("p", "risk-none", "这一时刻还没有风险等级")])];
  }

  function zonePart(view, firm, told) {
    const zone = page.definition.zones.find((one) => one.id === told.zone);
    const shown = { level: told.level, before: told.before, since: told.since };
    const title = map.button("risk-zone-head", zone ? "在地图上看" : "", () => zone && view.pick(firm.id, zone.whole ? 0 : zone.id), risk.badge(page.definition, told.level, "big"), el("b", "", zone ? zone.name : "已删除的区域"), el("span", "risk-since", risk.story(page.definition, shown)));
    const who = zone && zone.person ? el("p", "risk-who muted", `责任人 ${zone.person}${zone.phone ? ` ${zone.phone}` : ""}`) : null;
    const isWhole = page.opened.has(told.zone) || told.reasons.length <= MOST_REASONS + 1;
    const shownRows = isWhole ? told.reasons : told.reasons.slice(0, MOST_REASONS);
    const rows = told.reasons.length ? shownRows.map(reasonRow) : [el("li", "risk-none", "没有使风险升高的情况")];
    const part = el("section", "risk-zone", title, who, el("ul", "risk-reasons", ...rows), isWhole ? null : map.button("risk-more", "", () => { page.opened.add(told.zone); part.replaceWith(zonePart(view, firm, told)); showZone(view); }, `还有 ${told.reasons.length - MOST_REASONS} 项`), el("p", "risk-version muted", `按规则第 ${told.version} 版计算`));
    part.dataset.zone = told.zone;
    return part;
  }

  function reasonRow(one) {
    const words = one.href ? el("a", "", one.title) : el("b", "", one.title);
    if (one.href) words.href = one.href;
    const effect = one.effect === "none" ? "未达到升级条件" : one.effect_word;
    const row = el("li", `risk-one r${one.level}`, risk.badge(page.definition, one.level), el("div", "", words, el("span", "muted", [one.kind_word, one.detail].filter(Boolean).join(" · "))), el("div", "risk-when", el("span", "", risk.begun(one.begins)), el("small", "muted", effect)));
    row.dataset.key = one.key;
    return row;
  }

  function showZone(view) {
    for (const part of document.querySelectorAll("#risk-worst .risk-zone")) {
      const isOn = Number(part.dataset.zone) === view.picked.zone;
      if (isOn && !part.classList.contains("on")) part.scrollIntoView({ block: "nearest" });
      part.classList.toggle("on", isOn);
    }
  }

  /* ---- Time --------------------------------------------------------------------------------------------------------- */

  function timeParts() {
    const box = byId("risk-time");
    const slider = el("input", "risk-slider");
    slider.type = "range";
    slider.step = MINUTE;
    slider.setAttribute("aria-label", "查看过去的时刻");
    const ranges = el("div", "segments", ...RANGES.map(([hours, words]) => { const made = map.button(hours === page.hours ? "on" : "", "", () => { page.hours = hours; told(); timeParts(); band(); }, words); made.dataset.hours = hours; return made; }));
    const mark = el("b", "risk-mark");
    const back = map.button("map-button risk-now", "", () => goTo(0), "回到实时");
    const bar = el("div", "risk-bar");
    box.replaceChildren(el("div", "risk-time-head", el("b", "risk-whose"), ranges, mark, back), el("div", "risk-line", bar, slider), el("div", "risk-ticks"));
    const chosen = () => { const at = Number(slider.value); return page.band && at >= page.band.end - MINUTE / 2 ? 0 : at; }; // its end is now
    slider.addEventListener("input", () => say(chosen()));
    slider.addEventListener("change", () => goTo(chosen()));
    page.time = { slider, mark, back, bar, ticks: box.querySelector(".risk-ticks") };
    say(page.at);
  }

  /** The mark of the line of time: 实时 with the clock, or 历史 with the minute. */
  function say(at) {
    const isPast = Boolean(at);
    page.time.mark.textContent = isPast ? `历史 ${risk.clock(at)}` : `实时 ${park.draw.time(park.live.now())}`;
    page.time.mark.classList.toggle("past", isPast);
    page.time.back.hidden = !isPast;
    const flag = byId("risk-flag");
    flag.hidden = !isPast;
    flag.textContent = isPast ? `历史 ${risk.clock(at)} 的颜色与原因，不随现场变化` : "";
  }

  /** Show a minute of the past, or with 0 what is now. */
  async function goTo(at) {
    page.at = at;
    told();
    say(page.at);
    if (!page.at) { page.view.show(park.live.risk, false); return place(); }
    const wanted = page.at;
    try {
      const frame = await ask(`/risk-map/then?at=${wanted}`);
      if (page.at === wanted) page.view.show(park.live.colours(frame), true);
    } catch (error) {
      if (page.at === wanted) byId("risk-flag").textContent = "没有读到这一时刻，请稍后重试";
    }
    return place();
  }

  function place() {
    if (page.band) page.time.slider.value = page.at || page.band.end;
  }

  async function band() {
    const mine = page;
    const { hours } = mine;
    const { firm } = mine.view.picked;
    try {
      const found = await ask(`/risk-map/band?hours=${hours}${firm ? `&enterprise=${firm}` : ""}`);
      if (page !== mine || mine.hours !== hours || mine.view.picked.firm !== firm || !byId("risk-time")) return;
      page.band = found;
      drawBand();
    } catch (error) { /* the next minute asks again */ }
  }

  function drawBand() {
    const { start, end, spans } = page.band;
    const { slider, bar, ticks } = page.time;
    const share = (ms) => ((ms - start) / (end - start)) * 100;
    slider.min = start;
    slider.max = end;
    place();
    const merged = spans.filter((one, i) => !i || one[1] !== spans[i - 1][1]);
    bar.replaceChildren(...merged.map(([begins, level], i) => {
      const until = i + 1 < merged.length ? merged[i + 1][0] : end;
      const part = el("span", `risk-span r${level}`, share(until) - share(begins) > 2.4 ? (level ? page.definition.levels[level].letter : "没有记录") : "");
      part.style.width = `${share(until) - share(begins)}%`;
      part.title = `${risk.clock(begins)} 起 ${level ? `${page.definition.levels[level].word}风险` : "没有记录"}`;
      return part;
    }));
    const number = isPhone() ? 3 : 7;
    const firm = page.firms.get(page.view.picked.firm);
    byId("risk-time").querySelector(".risk-whose").textContent = firm ? `${firm.short} 最高级` : page.firms.size > 1 ? "全园最高级" : "最高级";
    steps(bar, spans, share);
    ticks.replaceChildren(...Array.from({ length: number }, (_, i) => el("span", "", i === number - 1 ? "现在" : risk.clock(start + ((end - start) * i) / (number - 1)))));
  }

  /** How many zones were 重大 or 较大, as a line over the band. */
  function steps(bar, spans, share) {
    const most = Math.max(1, ...spans.map((one) => one[2]));
    const y = (number) => (26 - (22 * number) / most).toFixed(1);
    let path = "";
    spans.forEach(([begins, , raised], i) => { path += `${i ? "H" : "M"}${Math.max(0, share(begins)).toFixed(2)}${i ? `V${y(raised)}` : ` ${y(raised)}`}`; });
    bar.parentElement.querySelector(".risk-steps")?.remove();
    const box = el("div", "risk-steps");
    box.innerHTML = `<svg viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true"><path d="${path}H100"/></svg>`;
    box.append(el("small", "", `重大、较大区域 ${spans.length ? spans[spans.length - 1][2] : 0} 个，最多 ${most === 1 && !spans.some((one) => one[2]) ? 0 : most} 个`));
    bar.parentElement.prepend(box);
  }

  /* ---- The page ------------------------------------------------------------------------------------------------------ */

  function padding() {
    const sheet = byId("risk-rail");
    if (isPhone()) return [60, 60, sheet && sheet.classList.contains("open") ? Math.min(innerHeight * 0.72, 560) : 170, 12];
    return [24, 76, 60, 190];
  }

  risk.page = async function (definition) {
    const { wanted } = definition;
    const mine = (page = { definition, view: null, firms: new Map(definition.enterprises.map((one) => [one.id, one])), division: Number(wanted.division) || 0, at: Number(wanted.at) || 0, hours: Number(wanted.hours) === 168 ? 168 : 24, asked: "", band: null, opened: new Set(), shownFirm: 0 });
    timeParts();
    byId("risk-rail-handle").addEventListener("click", () => byId("risk-rail").classList.toggle("open"));
    const firm = definition.enterprises.find((one) => one.code === wanted.enterprise);
    const start = firm || (definition.enterprises.length === 1 ? definition.enterprises[0] : null);
    const drawRail = (view) => { if (page === mine) rail(view); };
    mine.view = { picked: { firm: 0, zone: 0 } };
    const view = await risk.mount(definition, { padding, onPick: () => { if (view && page === mine) { told(); band(); } }, rail: (found) => { mine.view = found; drawRail(found); } });
    mine.view = view;
    if (start) view.pick(start.id, Number(wanted.zone) || 0, definition.enterprises.length === 1);
    if (page !== mine) return;
    await band();
    if (mine.at) await goTo(mine.at);
    let minute = Math.floor(park.live.now() / MINUTE);
    park.live.attach(byId("risk-time"), {
      risk: () => { clearTimeout(mine.later); mine.later = setTimeout(band, 300); },
      tick: () => {
        if (page !== mine) return;
        if (!mine.at) say(0);
        const now = Math.floor(park.live.now() / MINUTE);
        if (now !== minute) { minute = now; band(); }
      },
    });
  };
})();
