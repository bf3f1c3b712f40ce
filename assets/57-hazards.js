/* A form that is reckoned while it is filled in: data-live names the store that gets its texts, a moment after each change. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const WAIT_MS = 250;
  let soon = 0;

  function tell(event) {
    const form = event.target.closest && event.target.closest("form[data-live]");
    if (!form) return;
    clearTimeout(soon);
    soon = setTimeout(() => {
      if (!form.isConnected) return;
      const values = park.form.textsOf(form);
      window.dash_clientside.set_props({ t: form.dataset.live, k: form.dataset.recordForm }, { data: { values, at: Date.now() } });
    }, WAIT_MS);
  }
  for (const kind of ["input", "change"]) document.addEventListener(kind, tell);
})();
