/* The red bar while somebody of an authority acts as an enterprise: the minutes that are left, and the end by itself. */
(function () {
  "use strict";
  const park = window.park;
  const LATER_MS = 1500; // the server's clock decides: ask a little after it

  setInterval(() => {
    const bar = document.querySelector(".acting-bar[data-until]");
    if (!bar || bar.parkOver) return;
    const now = park.live && park.live.present ? park.live.present.now() : Date.now();
    const left = Number(bar.dataset.until) * 1000 - now;
    const words = String(Math.max(0, Math.ceil(left / 60000)));
    const minutes = bar.querySelector(".acting-minutes");
    if (minutes.textContent !== words) minutes.textContent = words;
    if (left < -LATER_MS) { bar.parkOver = true; location.href = "/"; }
  }, 1000);
})();
