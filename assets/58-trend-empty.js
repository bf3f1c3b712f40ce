/* 趋势分析 without a point: what to choose, and what is likely wanted by one click: what alarms now, a tank farm's levels, a tank, the last view. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const trend = (park.trend = park.trend || {});
  const { draw } = park;
  const LAST = "park.trend.last";
  const [ALARMS, AREAS, TANKS] = [4, 4, 3];

  /** Remember the points of this view for the next time that nothing is chosen. */
  trend.remember = function (codes) {
    try { localStorage.setItem(LAST, JSON.stringify(codes)); } catch (error) { /* a browser that keeps nothing */ }
  };
  function remembered(page) {
    try {
      const known = new Map(page.points.map((point) => [point.code, point]));
      return JSON.parse(localStorage.getItem(LAST) || "[]").filter((code) => known.has(code)).map((code) => known.get(code)).slice(0, page.most);
    } catch (error) { return []; }
  }

  const unique = (list, key) => [...new Map(list.map((one) => [key(one), one])).values()];
  const codes = (points) => points.map((point) => point.code);

  /** Lines of suggestions: {title, choices: [{words, symbol, points}]}. */
  function lines(page) {
    const known = new Map(page.points.map((point) => [point.id, point]));
    const alarmed = unique(park.live.alarms.filter((alarm) => alarm.source_type === "point" && known.has(alarm.source_id)), (alarm) => alarm.source_id);
    const troubled = alarmed.map((alarm) => known.get(alarm.source_id));
    const first = [...troubled, ...page.points];
    const areas = unique(first, (point) => `${point.firm} ${point.area}`).map((one) => ({ one, levels: page.points.filter((point) => point.firm === one.firm && point.area === one.area && point.quantity === "level") })).filter(({ levels }) => levels.length > 1);
    const tanks = unique(first.filter((point) => point.tank), (point) => point.tank).map((one) => ({ one, points: page.points.filter((point) => point.tank === one.tank && point.firm === one.firm) })).filter(({ points }) => points.length > 1);
    const last = remembered(page);
    return [
      { title: "正在报警", choices: alarmed.slice(0, ALARMS).map((alarm) => ({ words: `${known.get(alarm.source_id).name} ${alarm.kind_word}`, symbol: draw.symbol(alarm.level, { state: alarm.state, size: 18 }), points: [known.get(alarm.source_id)] })) },
      { title: "上次查看", choices: last.length ? [{ words: last.map((point) => point.name).join("、"), points: last }] : [] },
      { title: "罐区液位", choices: areas.slice(0, AREAS).map(({ one, levels }) => ({ words: `${one.area} ${levels.length > page.most ? `前 ${page.most} 罐` : `${levels.length} 罐`}`, points: levels })) },
      { title: "单罐全部测点", choices: tanks.slice(0, TANKS).map(({ one, points }) => ({ words: one.tank, points })) },
    ].filter((line) => line.choices.length);
  }

  /** Draw them into `box`; `choose(codes)` is told what was clicked. */
  trend.suggest = function (box, page, choose) {
    const found = page.points.length ? lines(page) : [];
    const told = page.points.length ? `选择要看的测点，最多 ${page.most} 个` : "您的数据范围内还没有测点";
    const look = JSON.stringify(found.map((line) => [line.title, line.choices.map((one) => [one.words, one.symbol])]));
    if (box.dataset.look === look) return;
    box.dataset.look = look;
    box.innerHTML =
      `<h3>${told}</h3><p class="muted">按罐号、介质或企业查找，也可以点选下面的一项。</p><dl>` +
      found.map((line, i) => `<dt>${line.title}</dt><dd>${line.choices.map((one, k) => `<button type="button" class="button" data-at="${i}.${k}">${one.symbol || ""}<span>${draw.escape(one.words)}</span></button>`).join("")}</dd>`).join("") + "</dl>";
    box.onclick = (event) => {
      const button = event.target.closest("button[data-at]");
      if (!button) return;
      const [i, k] = button.dataset.at.split(".").map(Number);
      choose(codes(found[i].choices[k].points).slice(0, page.most));
    };
  };
})();
