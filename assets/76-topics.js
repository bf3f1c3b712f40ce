/* 专题分析 in the browser: a chart as its table, and a chart as a picture with its title and what is chosen. */
(function () {
  "use strict";
  const WIDE = 900, HIGH = 560, HEAD = 64;

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest && event.target.closest(selector);
    const table = at("[data-topic-table]"), picture = at("[data-topic-picture]");
    if (table) turn(table.closest(".topic-chart"));
    if (picture) save(picture);
  });

  /* A click draws the page anew: it stays where it was scrolled to, and a chart that was turned into its table stays one. */
  let kept = { path: "", top: 0, tables: new Set() };
  const nameOf = (chart) => chart.querySelector("h3").textContent;

  function turn(chart) {
    kept.path = location.pathname;
    kept.tables[chart.classList.toggle("as-table") ? "add" : "delete"](nameOf(chart));
  }

  document.addEventListener("scroll", (event) => {
    const page = event.target;
    if (page.matches && page.matches("#page-content > *") && page.querySelector(".topic-page")) Object.assign(kept, { path: location.pathname, top: page.scrollTop });
  }, true);
  document.addEventListener("park:page", () => {
    const page = document.querySelector("#page-content > *");
    if (!page || !page.querySelector(".topic-page") || kept.path !== location.pathname) {
      kept = { path: location.pathname, top: 0, tables: new Set() };
      return;
    }
    page.querySelectorAll(".topic-chart").forEach((chart) => chart.classList.toggle("as-table", kept.tables.has(nameOf(chart))));
    page.scrollTop = kept.top;
  });

  /** The chart as it stands, on the ground of a panel, with words above it; the browser draws it, the server is not asked. */
  async function save(button) {
    const drawn = button.closest(".topic-chart").querySelector(".js-plotly-plot");
    if (!drawn || !window.Plotly) return window.park.shell.show({ kind: "warning", text: "没有可保存的图。" });
    const title = button.dataset.topicPicture, layout = drawn.layout, margin = layout.margin || {};
    const ground = getComputedStyle(document.documentElement).getPropertyValue("--surface").trim();
    const note = { text: button.dataset.topicNote, xref: "paper", yref: "paper", x: 0, y: 1, xanchor: "left", yanchor: "bottom", yshift: 14, xshift: 8 - (margin.l || 0), showarrow: false, font: { size: 12 } };
    const figure = {
      data: drawn.data,
      layout: { ...layout, autosize: false, width: WIDE, height: HIGH, paper_bgcolor: ground, title: { text: title, x: 0.01, xanchor: "left", y: 0.97, yanchor: "top", font: { size: 18 } },
        margin: { ...margin, t: (margin.t || 0) + HEAD }, legend: { ...(layout.legend || {}), y: 1 }, annotations: [...(layout.annotations || []), note] },
    };
    try {
      const url = await window.Plotly.toImage(figure, { format: "png", width: WIDE, height: HIGH, scale: 2 });
      const link = document.createElement("a");
      link.href = url;
      link.download = `${title.replace(/[\\/:*?"<>|\s]+/g, "_")}.png`;
      link.click();
    } catch (error) {
      window.park.shell.show({ kind: "error", text: "图片没有生成，请刷新页面后再试。" });
    }
  }
})();
