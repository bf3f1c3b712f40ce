/* 每日看板 on a wall: what comes first, the figures of the day against yesterday and the usual, the towns. */
(function () {
  "use strict";
  const park = window.park;
  const { screen } = park;
  const { el, put, dress, panels } = screen;
  const number = (value) => (value === null ? "—" : value.toLocaleString("en-US"));
  const signed = (value) => (value > 0 ? `+${number(value)}` : number(value));
  const at = (figures) => `数据截至 ${screen.clock(figures.at).slice(0, 5)}`;

  panels.day_figures = function (facts) {
    const { node, body, note } = screen.panel("当日指标", "screen-day");
    const cards = facts.figures.map((one) => {
      const [value, before, usual] = [el("b", ""), el("span", ""), el("span", "")];
      body.append(el("div", "", el("h3", "screen-cut", one.label), el("div", "screen-number", value, el("small", "", one.unit)), el("p", "", before, usual)));
      return { ...one, value, before, usual };
    });
    return {
      node,
      figures(found) {
        note(at(found));
        for (const one of cards) {
          const told = found.day[one.key];
          put(one.value, number(told.value));
          put(one.before, told.change === null ? "昨日无记录" : told.change ? `比昨日 ${signed(told.change)}` : "与昨日持平");
          const isBad = told.change > 0 === (one.good === "low");
          dress(one.before, told.change && one.good ? (isBad ? "worse" : "better") : "");
          put(one.usual, told.usual === null ? "常态 —" : `常态 ${told.usual.toFixed(1)}`);
        }
      },
    };
  };

  panels.day_first = function () {
    const { node, body, note } = screen.panel("最重要的三件事", "screen-first");
    return {
      node,
      figures(found) {
        note(at(found));
        const rows = found.first.map((one) => el("div", one.is_grave ? "grave" : "", el("div", "screen-cut", el("span", "screen-word", one.word), el("small", "", `理由：${one.reason}`)), el("b", "", one.title), el("span", "screen-cut screen-muted", one.about)));
        body.replaceChildren(...(rows.length ? rows : [el("p", "screen-rest", "没有需要优先处理的事")]));
      },
    };
  };

  panels.day_towns = function () {
    const { node, body, note } = screen.panel("各属地未整改隐患", "screen-loads screen-towns");
    return {
      node,
      figures(found) {
        note("条");
        const most = Math.max(1, ...found.towns.map((one) => one.open));
        const rows = found.towns.map((one) => {
          const [bar, over] = [el("i", ""), el("i", "over")];
          bar.style.width = `${(100 * one.open) / most}%`;
          over.style.width = `${(100 * one.late) / most}%`;
          return el("div", one.late ? "late" : "", el("span", "screen-cut", one.name), el("div", "", el("b", "", number(one.open)), el("small", "", one.late ? `超期 ${number(one.late)}` : "")), el("div", "screen-bar", bar, over));
        });
        body.replaceChildren(...(rows.length ? rows : [el("p", "screen-rest", "没有未整改的隐患")]));
      },
    };
  };
})();
