/* 专题分析 in the browser: a chart as its table, and a chart as a picture with its title and what is chosen. */
(function () {
  "use strict";
  const WIDE = 900, HIGH = 560, HEAD = 64;

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest && event.target.closest(selector);
    const table = at("[data-topic-table]"), picture = at("[data-topic-picture]");
    if (table) table.closest(".topic-chart").classList.toggle("as-table");
    if (picture) save(picture);
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
