/* 趋势分析, the picture: the cursor and its time, zooming by drag and by key, marks that open their alarm, the picture as a file. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const trend = (park.trend = park.trend || {});
  const byId = (id) => document.getElementById(id);
  const NEAR_PX = 14;

  /* ---- Times: the axis holds the park's local time as if it were UTC ------------------------------------------------- */

  let format = null;
  function parts(ms) {
    format = format || new Intl.DateTimeFormat("sv-SE", { timeZone: (park.shell && park.shell.config.timeZone) || "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" });
    return format.format(ms);
  }
  /** 2026-11-24T03:12:47 in the park's zone. */
  trend.local = (ms) => parts(Math.floor(ms / 1000) * 1000).replace(" ", "T");
  const naive = (ms) => Date.parse(`${trend.local(ms)}Z`) + (ms % 1000);
  const fromNaive = (at) => at - (naive(at) - at);
  /** The instant that a text of the park's local time (with or without a zone) means. */
  trend.instant = (text) => (/(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : fromNaive(Date.parse(`${text.replace(" ", "T")}Z`)));

  /* ---- Reading ------------------------------------------------------------------------------------------------------- */

  /** The value of {t, v} nearest to `ms`, {t, v}; null where data are missing there. */
  trend.near = function ({ t, v }, ms, reach) {
    if (!t.length) return null;
    let [low, high] = [0, t.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (t[middle] < ms) low = middle + 1; else high = middle;
    }
    const i = low > 0 && ms - t[low - 1] < t[low] - ms ? low - 1 : low;
    return Math.abs(t[i] - ms) <= reach ? { t: t[i], v: v[i] } : null;
  };

  /* ---- The picture --------------------------------------------------------------------------------------------------- */

  const plot = () => document.querySelector("#trend-graph .js-plotly-plot");

  /** Watch the picture that has just come: {moved(ms|null), drawn(), zoomed(start, end), back(), opened(alarm)}. */
  trend.watch = function (does, tries) {
    const graph = plot();
    if (!graph || !graph.on || !graph._fullLayout) { if (tries !== 0 && byId("trend-box")) setTimeout(() => trend.watch(does, (tries || 1200) - 1), 50); return; }
    does.drawn();
    if (graph.parkWatched) return;
    graph.parkWatched = true;
    graph.on("plotly_hover", (event) => {
      const at = event.xvals && Number(event.xvals[0]);
      if (Number.isFinite(at)) does.moved(fromNaive(at));
      graph.classList.toggle("on-alarm", Boolean(markAt(graph, event)));
    });
    graph.on("plotly_afterplot", () => does.drawn());
    graph.on("plotly_unhover", () => does.moved(null));
    graph.on("plotly_relayout", (change) => {
      const [start, end] = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
      if (start && end) does.zoomed(trend.instant(String(start).slice(0, 19)), trend.instant(String(end).slice(0, 19)));
    });
    graph.on("plotly_doubleclick", () => does.back());
    graph.on("plotly_click", (event) => { const alarm = markAt(graph, event); if (alarm) does.opened(alarm); });
  };

  /** The alarm whose mark lies under the pointer: hovering looks at the time alone. */
  function markAt(graph, { event, points }) {
    const box = graph.getBoundingClientRect();
    const mark = (points || []).find((point) => {
      if (!point.customdata || !event) return false;
      const x = point.xaxis._offset + point.xaxis.d2p(point.x);
      const y = point.yaxis._offset + point.yaxis.d2p(point.y);
      return Math.hypot(event.clientX - box.left - x, event.clientY - box.top - y) <= NEAR_PX;
    });
    return mark ? mark.customdata : 0;
  }

  /** Put the line of the cursor at that time; null takes it away. */
  trend.place = function (ms) {
    const [line, graph] = [byId("trend-cursor"), plot()];
    if (!line) return;
    const axis = graph && graph._fullLayout && graph._fullLayout.xaxis;
    line.hidden = ms === null || !axis;
    if (line.hidden) return;
    const { t, h } = graph._fullLayout._size;
    line.style.left = `${axis._offset + axis.d2p(naive(ms))}px`;
    line.style.top = `${t}px`;
    line.style.height = `${h}px`;
  };

  /** Save the picture with its words as a PNG of 1600 × 900. */
  trend.picture = function (title, name) {
    const graph = plot();
    if (!graph || !window.Plotly) return Promise.reject(new Error("no picture"));
    const style = getComputedStyle(document.documentElement);
    const colour = (token) => style.getPropertyValue(token).trim();
    const layout = {
      ...graph.layout, autosize: false, paper_bgcolor: colour("--surface"), plot_bgcolor: colour("--surface"), showlegend: true,
      title: { text: title, x: 0.02, xanchor: "left", font: { size: 16, color: colour("--text") } },
      legend: { orientation: "h", x: 0, y: -0.06, xanchor: "left", yanchor: "top" }, margin: { ...graph.layout.margin, t: 64, b: 70 },
    };
    const data = graph.data.map((trace) => ({ ...trace, showlegend: Boolean(trace.name) && trace.name !== "报警" }));
    return window.Plotly.downloadImage({ data, layout, config: graph._context }, { format: "png", width: 1600, height: 900, filename: name });
  };
})();
