/* The kinds of a timeline are filtered here: it is on the page as a whole, so that it prints as a whole. */
(function () {
  "use strict";
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest && event.target.closest("[data-timeline] .segments [data-kind]");
    if (!chosen) return;
    const timeline = chosen.closest("[data-timeline]");
    timeline.querySelectorAll(".segments [data-kind]").forEach((one) => one.classList.toggle("on", one === chosen));
    timeline.querySelectorAll(".story > [data-kind]").forEach((one) => { one.hidden = !!chosen.dataset.kind && one.dataset.kind !== chosen.dataset.kind; });
  });
})();
