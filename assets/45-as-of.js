/* Figures that the server renews say so when they are no longer renewed: an element with data-as-of (ms) and data-every (ms)
   gets the class "late" and, in data-late, for how long. What looks different then is the style sheet's. */
(function () {
  "use strict";
  const park = window.park;
  const PATIENCE = 3; // of its own periods, as for measured values

  function look(stamp) {
    const age = park.live.now() - Number(stamp.dataset.asOf);
    const isLate = age > PATIENCE * Number(stamp.dataset.every);
    stamp.classList.toggle("late", isLate);
    if (isLate) stamp.dataset.late = `停更 ${park.shell.lapse(age)}，`;
  }

  setInterval(() => document.querySelectorAll("[data-as-of]").forEach(look), 1000);
})();
