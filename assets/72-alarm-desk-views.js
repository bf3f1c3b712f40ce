/* 报警中心, left side: views, sources, the day in bars and how fast people answer. */
(function () {
  "use strict";
  const park = window.park;
  const A = park.alarms;
  const D = (A.desk = A.desk || {});
  const { part, put, attribute, button } = A.dom;
  const MANAGEABLE = 12; // alarms an hour that one person can still answer: IEC 62682, EEMUA 191

  /* ---- Left: views, sources, the day in bars ---------------------------------------------------------------------- */

  function viewButton(name) {
    const count = part("b", "view-count");
    const made = button(`view-button ${name}`, [part("span", "", D.VIEWS[name].word), count], () => D.show(name));
    return { made, count };
  }

  function buildViews(root) {
    D.at.views = Object.fromEntries(Object.keys(D.VIEWS).map((name) => [name, viewButton(name)]));
    D.at.sources = Object.fromEntries(Object.keys(D.SOURCES).map((name) => {
      const count = part("span", "view-count");
      const made = button("source-button", [part("span", "", D.SOURCES[name]), count], () => D.go({ source: D.at.state.source === name ? "" : name }));
      return [name, { made, count }];
    }));
    D.at.bars = part("div", "day-bars");
    D.at.answering = part("p", "day-answering");
    D.at.shares = part("p", "day-answering");
    const day = part("div", "day", part("div", "muted", "近 24 小时每小时报警数"), D.at.bars,
      part("div", "day-axis", (D.at.dayStart = part("span", "")), part("span", "", "现在")), D.at.answering, D.at.shares);
    D.at.suspended = part("b", "view-count");
    const suspended = attribute(part("a", "view-button suspended", part("span", "", "已抑制"), D.at.suspended), { href: "/alarm-suspensions", title: "到时自动恢复报警的测点：谁、为什么、到什么时候" });
    const views = attribute(part("div", "view-list", [...Object.values(D.at.views).map((view) => view.made), A.may("office") && suspended].filter(Boolean)), { role: "group", "aria-label": "视图" });
    const sources = attribute(part("div", "source-list", Object.values(D.at.sources).map((source) => source.made)), { role: "group", "aria-label": "来源" });
    root.replaceChildren(part("h3", "desk-head", "视图"), views, part("h3", "desk-head sources", "来源"), sources, day);
  }

  /** The class of the most urgent level among alarms: its colour, and none when there are none. */
  function dressWorst(node, alarms) {
    const worst = Math.min(...alarms.map((alarm) => alarm.level));
    for (const level of [1, 2, 3, 4]) node.classList.toggle(`l${level}`, level === worst);
  }

  function drawViews(alarms) {
    for (const [name, view] of Object.entries(D.at.views)) {
      const count = name === "closed" ? D.at.figures.closed : alarms.filter(D.inView[name]).length;
      put(view.count, String(count));
      view.made.classList.toggle("some", count > 0);
      if (name === "waiting") dressWorst(view.made, alarms.filter(D.inView.waiting));
      attribute(view.made, { "aria-pressed": String(D.at.state.view === name), title: { closed: "今日关闭的报警数", rising: "无人确认时将按值班表上报的报警" }[name] });
    }
    put(D.at.suspended, String(D.at.figures.suspended));
    for (const [name, source] of Object.entries(D.at.sources)) {
      put(source.count, String(alarms.filter((alarm) => D.sourceOf(alarm) === name).length));
      attribute(source.made, { "aria-pressed": String(D.at.state.source === name) });
    }
  }

  function drawFigures() {
    const { hours, mean_s: mean, answered } = D.at.figures;
    const most = Math.max(MANAGEABLE, ...hours.map(([, count]) => count));
    const hour = (ms) => A.clock(ms).slice(-8, -3);
    D.at.bars.replaceChildren(...hours.map(([start, count], place) => {
      const bar = part("i", count > MANAGEABLE ? "many" : place === hours.length - 1 ? "now" : "");
      bar.style.height = `${count ? Math.max(2, (100 * count) / most) : 0}%`;
      const words = `${hour(start)} 起一小时 ${count} 条` + (count > MANAGEABLE ? `，超过一人每小时可应对的 ${MANAGEABLE} 条` : "");
      return attribute(part("span", "", bar), { title: words });
    }));
    attribute(D.at.bars, { role: "img", "aria-label": `近 24 小时共 ${hours.reduce((sum, [, count]) => sum + count, 0)} 条` });
    put(D.at.dayStart, hour(hours[0][0]));
    const words = mean === null ? "—" : mean < 60 ? `${Math.round(mean)} 秒` : A.lapse(mean * 1000);
    D.at.answering.replaceChildren("平均确认 ", part("b", "", words), part("span", "muted", mean === null ? "" : ` · ${answered} 条`));
    attribute(D.at.answering, { title: "近 24 小时内发生并已确认的报警，从发生到首位人员确认的平均时间" });
    const share = ([some, all]) => (all ? `${Math.floor((1000 * some) / all) / 10} %` : "—");
    const link = attribute(part("a", "", "统计"), { href: "/alarms/statistics" });
    D.at.shares.replaceChildren(part("span", "", "在线率 ", part("b", "", share(D.at.figures.online))), " · ", part("span", "", "处置率 ", part("b", "", share(D.at.figures.handled))), ...(A.may("office") ? [" · ", link] : []));
    const [live, points] = D.at.figures.online;
    const [done, raised] = D.at.figures.handled;
    attribute(D.at.shares, { title: `在线率：${points} 个测点中 ${live} 个在三个上报周期内有数据。处置率：近 24 小时发生的 ${raised} 条报警中已关闭 ${done} 条。` });
  }

  Object.assign(D, { buildViews, drawViews, drawFigures });
})();
