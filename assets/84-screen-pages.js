/* The screens: which columns a width has, and which panels stand in them. A park leaves panels out (大屏配置); what is wide has more. */
(function () {
  "use strict";
  const { screen, map } = window.park;
  const WIDE = 2600; // canvas pixels: 28:9 and wider
  const WIDEST = 3700; // 32:9

  const column = (width, rows, on, ...panels) => {
    const found = panels.filter((name) => on.has(name));
    return { width, rows: found.length === panels.length ? rows : "", panels: found };
  };
  /** The map, and below it the video where a width has no column for that. */
  const hole = (width, on) => {
    const hasVideo = width < WIDE && on.has("video");
    return { width: "minmax(0, 1fr)", rows: hasVideo ? "minmax(0, 1fr) minmax(0, .9fr)" : "minmax(0, 1fr)", panels: hasVideo ? ["video"] : [], isMap: true };
  };
  const film = (width, on) => column("700px", "", width < WIDE ? new Set() : on, "video");

  screen.pages.park = {
    map: { shown: { detector: false, fence: false } },
    columns(width, on) {
      const left = column(width >= WIDE ? "420px" : "400px", "auto minmax(0, 1fr)", on, "levels", "running");
      const lists = column(width >= WIDE ? "540px" : "510px", "minmax(0, 1fr) auto", on, "alarms", "duty");
      if (width < WIDE) return [left, hole(width, on), lists];
      if (width < WIDEST) return [left, hole(width, on), film(width, on), lists, column("640px", "minmax(0, 1.15fr) minmax(0, 1fr)", on, "tanks", "vehicles")];
      return [left, hole(width, on), film(width, on), lists, column("640px", "", on, "tanks"), column("560px", "", on, "vehicles")];
    },
  };

  screen.pages.risk = {
    map: { shown: { enterprise: true, tank: true, alarm: false, detector: false, fence: false }, draw: screen.drawRisk },
    columns: (width, on) => [column("340px", "auto", on, "risk_counts"), hole(width, on), column(width >= WIDE ? "760px" : "560px", "minmax(0, 1fr)", on, "risk_worst")],
  };

  screen.pages.tanks = {
    columns(width, on) {
      const rest = width < WIDE ? column("minmax(0, 1fr)", "minmax(0, 1fr) minmax(0, .8fr)", on, "all", "video") : column("minmax(0, 1fr)", "minmax(0, 1fr)", on, "all");
      return [column("1010px", "minmax(0, 1fr)", on, "abnormal"), rest, film(width, on)];
    },
  };

  screen.pages.daily = {
    columns: (width, on) => [
      column(width >= WIDE ? "820px" : "600px", "minmax(0, 1fr) auto", on, "day_first", "duty"),
      column("minmax(0, 1fr)", "minmax(0, 1fr)", on, "day_figures"),
      column(width >= WIDE ? "620px" : "440px", "minmax(0, 1fr)", on, "day_towns"),
    ],
  };

  screen.pages.vehicles = {
    map: { follows: true, shown: { alarm: false, detector: false, fence: true }, legend: map.VEHICLE_LEGEND },
    columns(width, on) {
      const left = column("400px", "auto minmax(0, 1fr)", on, "states", "loads");
      const lists = column(width >= WIDE ? "540px" : "500px", "minmax(0, 1fr) auto", on, "alarms", "today");
      return width < WIDE ? [left, hole(width, on), lists] : [left, hole(width, on), film(width, on), lists, { width: "620px", rows: "minmax(0, 1fr)", panels: ["vehicles"] }];
    },
  };

  screen.pages.incident = {
    map: { shown: { alarm: true, detector: false, fence: false, vehicle: false, place: false }, draw: screen.drawIncident, show: screen.showIncident },
    columns(width, on) {
      const left = column("400px", "auto minmax(0, 1fr)", on, "wind", "measured");
      const lists = column(width >= WIDE ? "640px" : "560px", "auto minmax(0, 1fr)", on, "forces", "tasks");
      return [{ ...left, panels: ["incident_head", ...left.panels] }, hole(width, on), film(width, on), lists];
    },
  };
})();
