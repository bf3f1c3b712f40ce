/* 储罐监测, the head: how many tanks and points report, counts by state, switches, the search. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const { draw } = park;
  const tanks = (park.tanks = park.tanks || {});
  const byId = (id) => document.getElementById(id);
  tanks.head = {};

  /* ---- Who reports -------------------------------------------------------------------------------------------------- */

  tanks.isOnline = (reading) => !reading.silent && !reading.isOut;

  /** How many points of tanks in service report: {some, all, words: "17/20"}. */
  tanks.reporting = function (readings) {
    const points = readings.filter((reading) => !reading.isOut).flatMap((reading) => reading.points);
    const some = points.filter((one) => !one.silent).length;
    return { some, all: points.length, words: `${some}/${points.length}` };
  };

  /* ---- Head ------------------------------------------------------------------------------------------------------- */

  const COUNTS = [
    ["urgent", "高高/低低", "level-1"],
    ["important", "高/低", "level-2"],
    ["stale", "停更", "stale"],
    ["doubtful", "存疑", "doubtful"],
    ["maintenance", "检修", "maintenance"],
    ["simulated", "模拟", "simulated-count"],
    ["normal", "正常", "normal"],
  ];

  function shape(kind) {
    const circle = '<svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true"><circle class="count-ring" cx="10" cy="10" r="8"/></svg>';
    const square = '<svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true"><rect class="count-square" x="2" y="2" width="16" height="16" rx="2"/></svg>';
    const doubt = '<i class="bi bi-question-diamond" aria-hidden="true"></i>';
    return { stale: circle, doubtful: doubt, maintenance: draw.wrench(18), simulated: square }[kind] || "";
  }

  tanks.head.build = function (box, page, go) {
    const areSimulated = page.tanks.some((tank) => tank.points.some((point) => point.simulated));
    const buttons = COUNTS.filter(([kind]) => kind !== "simulated" || areSimulated).map(([kind, words, tone]) =>
      `<button type="button" class="count ${tone}" data-only="${kind}"><span class="count-shape">${shape(kind)}</span><span>${words}</span> <b>0</b></button>`);
    box.className = "tanks-head";
    box.innerHTML =
      `<div class="online"><b></b><span></span> 在线 <small class="reporting"></small></div><div class="counts">${buttons.join("")}</div><span class="grow"></span>` +
      '<div class="segments"><button type="button" data-group="area">按罐区</button><button type="button" data-group="enterprise">按企业</button><button type="button" data-only="abnormal">只看异常 <b>0</b></button></div>' +
      '<div class="segments"><button type="button" data-view="cards">卡片</button><button type="button" data-view="table">表格</button><button type="button" data-view="sums">汇总</button><button type="button" data-view="plan">平面图</button></div>' +
      '<label class="tanks-search"><i class="bi bi-search" aria-hidden="true"></i><input type="search" class="input" maxlength="60" placeholder="罐号、介质、企业" aria-label="搜索罐号、介质、企业"></label>';
    const search = box.querySelector("input");
    search.value = page.state.q;
    let timer = 0;
    search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => go({ q: search.value.trim() }), 150); });
    box.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      const { group, only, view } = button.dataset;
      if (group) go({ group });
      if (view) go({ view });
      if (only) go({ only: page.state.only === only ? "" : only });
    });
    page.symbols = { urgent: tanks.symbolSlot(box.querySelector('[data-only="urgent"] .count-shape'), 22), important: tanks.symbolSlot(box.querySelector('[data-only="important"] .count-shape'), 22) };
    tanks.head.switches(page);
  };

  tanks.head.switches = function (page) {
    for (const button of byId("tanks-head").querySelectorAll("button")) {
      const { group, only, view } = button.dataset;
      const isOn = group ? page.state.group === group : view ? page.state.view === view : page.state.only === only;
      button.classList.toggle("on", isOn);
      button.setAttribute("aria-pressed", String(isOn));
    }
  };

  tanks.head.counts = function (page) {
    const box = byId("tanks-head");
    const readings = [...page.readings.values()];
    const count = (kind) => readings.filter((reading) => reading.kinds.has(kind)).length;
    const online = readings.filter(tanks.isOnline).length;
    tanks.put(box.querySelector(".online b"), String(online));
    tanks.put(box.querySelector(".online span"), `/${readings.length}`);
    box.querySelector(".online").classList.toggle("less", online < readings.length);
    tanks.put(box.querySelector(".reporting"), `测点 ${tanks.reporting(readings).words} 在报`);
    box.querySelector(".reporting").title = "三个上报周期内有数据的测点，除以全部测点；检修、停用的储罐不计";
    for (const button of box.querySelectorAll("[data-only]")) {
      const kind = button.dataset.only;
      const number = count(kind);
      tanks.put(button.querySelector("b"), String(number));
      button.classList.toggle("none", !number);
      if (page.symbols[kind]) {
        const waits = readings.some((reading) => reading.kinds.has(kind) && reading.alarm.state === "unacknowledged");
        const alarm = { level: kind === "urgent" ? 1 : 2, state: waits ? "unacknowledged" : "acknowledged" };
        page.symbols[kind](tanks.symbolLook(alarm), alarm);
      }
    }
    for (const group of page.groups || []) {
      const mine = group.tanks.map((tank) => page.readings.get(tank.id));
      const there = mine.filter(tanks.isOnline).length;
      const points = tanks.reporting(mine);
      tanks.put(group.online, `${there}/${mine.length} 在线 · 测点 ${points.words} 在报`);
      tanks.dress(group.online, there < mine.length || points.some < points.all ? "less" : "");
    }
  };
})();
