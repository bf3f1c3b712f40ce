/* 今日巡检: tick everything that waits at a place. */
(function () {
  "use strict";
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("[data-tick-all]");
    if (!button) return;
    const ticks = [...button.closest("form").querySelectorAll("input[type=checkbox]")];
    const all = ticks.every((one) => one.checked);
    ticks.forEach((one) => { one.checked = !all; });
  });
})();
