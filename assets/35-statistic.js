/* Statistics in the browser: a click on a bar or a slice opens its rows, 展开 shows the other conditions. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const pages = (window.park_pages = window.park_pages || {});
  const client = (window.dash_clientside = window.dash_clientside || {});
  client.park_pages = client.park_pages || pages;

  /** The address of what was clicked stands in its custom data; only one of this platform is followed. */
  pages.statistic_open = function (clicked) {
    const point = clicked && clicked.points && clicked.points[0];
    const found = point && (Array.isArray(point.customdata) ? point.customdata[0] : point.customdata);
    if (typeof found === "string" && found.startsWith("/") && !found.startsWith("//")) park.shell.go(found);
    return client.no_update;
  };

  document.addEventListener("click", (event) => {
    const fold = event.target.closest && event.target.closest("[data-statistic-unfold]");
    if (fold) fold.closest(".statistic-search").classList.toggle("unfolded");
  });
})();
