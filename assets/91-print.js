/* Printing on A4: light colours, charts drawn anew for the width of the paper, the park and the time at the foot of every sheet. */
(function () {
  "use strict";
  const [SHEET_PX, PAPER_PX] = [793, 703]; // A4 upright, and between the margins of @page in 91-print.css
  const FONT_PX = 10; // of charts: they are narrower than on a screen
  const root = document.documentElement;
  const config = JSON.parse(document.getElementById("park-config")?.textContent || "{}");
  let kept = null; // what is put back when the paper is done

  /** Whether a block of rules holds on paper; null of what does not ask for a medium or a width. */
  function onPaper(text) {
    if (text === "print") return true;
    if (!/^(\((min|max)-width: \d+px\)( and )?)+$/.test(text)) return null;
    return [...text.matchAll(/\((min|max)-width: (\d+)px\)/g)].every(([, end, px]) => (end === "max" ? SHEET_PX <= Number(px) : SHEET_PX >= Number(px)));
  }

  /** The rules that are otherwise on paper than on this screen: [media, what it says, whether it holds on paper]. */
  function paperRules() {
    const found = [];
    for (const sheet of document.styleSheets) {
      let rules = [];
      try { rules = sheet.cssRules; } catch (error) { continue; } // of another origin: none of ours
      for (const rule of rules) {
        const holds = rule instanceof CSSMediaRule ? onPaper(rule.media.mediaText) : null;
        if (holds !== null) found.push([rule.media, rule.media.mediaText, holds]);
      }
    }
    return found;
  }

  /** How large each chart is on paper: measured under the rules of the paper, before anything is drawn. */
  function sizes(charts) {
    const rules = paperRules();
    for (const [media, , holds] of rules) media.mediaText = holds ? "all" : "not all";
    root.style.setProperty("width", `${PAPER_PX}px`, "important");
    const found = charts.map((chart) => [chart.clientWidth, chart.clientHeight]);
    root.style.removeProperty("width");
    for (const [media, text] of rules) media.mediaText = text;
    return found;
  }

  /** What is changed of a chart; with null everything is again as its template says. */
  const look = (chart, width, height, font) => ({
    width, height, autosize: width === null, "font.size": font,
    ...(chart.layout.xaxis ? { "xaxis.tickfont.size": font, "yaxis.tickfont.size": font } : {}),
  });

  function foot() {
    const made = document.createElement("style");
    const at = new Date().toLocaleString("sv-SE", { timeZone: config.timeZone || "Asia/Shanghai" }).slice(0, 16);
    made.textContent = `@page { @bottom-left { content: ${JSON.stringify(`${config.park || ""}　打印于 ${at}`)}; } }`;
    document.head.append(made);
    return made;
  }

  window.addEventListener("beforeprint", () => {
    if (kept) return;
    kept = { dark: [...document.querySelectorAll('[data-theme="dark"]')], charts: [...document.querySelectorAll(".js-plotly-plot")].filter((chart) => chart.clientWidth), foot: foot() };
    for (const one of kept.dark) one.dataset.theme = "light";
    const grid = document.querySelector(".list-grid");
    if (grid && grid.clientWidth > PAPER_PX) root.style.setProperty("--paper-zoom", String(PAPER_PX / grid.clientWidth));
    sizes(kept.charts).forEach(([width, height], place) => {
      if (width && height) window.Plotly.relayout(kept.charts[place], look(kept.charts[place], width, height, FONT_PX));
    });
  });

  window.addEventListener("afterprint", () => {
    if (!kept) return;
    const done = kept;
    kept = null;
    done.foot.remove();
    root.style.removeProperty("--paper-zoom");
    for (const one of done.dark) one.dataset.theme = "dark";
    for (const chart of done.charts) {
      if (!chart.isConnected) continue;
      window.Plotly.relayout(chart, look(chart, null, null, null));
      window.Plotly.Plots.resize(chart);
    }
  });
})();
