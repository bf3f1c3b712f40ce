/* The four-colour risk on a wall: the zones of 68-risk-map.js on the wall's map, how many enterprises have which colour, the worst of them. */
(function () {
  "use strict";
  const park = window.park;
  const { screen, risk } = park;
  const { el, put, panels } = screen;
  const LEVELS = [1, 2, 3, 4];
  const LOW = 4;
  const ROW = 94;

  /** Zones and letters on the map of a screen. */
  screen.drawRisk = (view, frame, definition, magnify) => risk.attach(view, frame, definition, { magnify });

  panels.risk_counts = function (facts) {
    const { node, body, note } = screen.panel("企业风险", "screen-risk-counts");
    const numbers = new Map(LEVELS.map((level) => {
      const number = el("b", "");
      body.append(el("div", "", risk.badge(facts.map, level, "big"), el("span", "", facts.map.levels[level].word), number));
      return [level, number];
    }));
    note(`共 ${facts.map.enterprises.length} 家`);
    return {
      node,
      risk(colours) {
        const found = [...risk.levels(facts.map, colours)].filter(([key]) => key !== "park").map(([, one]) => one.level);
        for (const [level, number] of numbers) put(number, String(found.filter((one) => one === level).length));
      },
    };
  };

  panels.risk_worst = function (facts) {
    const { node, body, note } = screen.panel("风险较高的企业", "screen-risk-worst");
    const view = { definition: facts.map, levels: new Map(), only: 0 };

    function renew() {
      const list = risk.worst(view).filter((firm) => view.levels.get(firm.id).level < LOW);
      const room = Math.max(1, Math.floor((body.clientHeight - 44) / ROW));
      const rows = list.slice(0, room).map((firm) => {
        const found = view.levels.get(firm.id);
        const isUp = found.before && found.before > found.level;
        const why = found.count > 1 ? `${found.why} 等 ${found.count} 项` : found.why || "";
        return el("div", "screen-row", risk.badge(facts.map, found.level, "big"), el("div", "screen-words", el("b", "screen-cut", firm.short), el("span", "screen-cut", why)), el("div", "screen-end", el("span", isUp ? "up" : "", risk.story(facts.map, found))));
      });
      if (list.length > room) rows.push(el("p", "screen-rest", `另有 ${list.length - room} 家未列出`));
      note(list.length ? `${list.length} 家` : "");
      body.replaceChildren(...(rows.length ? rows : [el("p", "screen-rest", "各企业均为低风险")]));
    }
    return {
      node,
      risk(colours) { view.levels = risk.levels(facts.map, colours); renew(); },
    };
  };
})();
