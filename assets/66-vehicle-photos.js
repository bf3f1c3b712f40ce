/* 照片墙: its first page is asked for anew when the stream says that something came, a few seconds apart and while nobody reads below. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const client = (window.dash_clientside = window.dash_clientside || {});
  const pages = (client.park_pages = client.park_pages || window.park_pages || {});
  window.park_pages = pages;
  const SOONEST_MS = 5000;
  let waiting = 0;

  pages.vehicle_photos = function (start) {
    const page = document.getElementById("vehicle-photos");
    if (!start || !start.isFirst || !page || !park.live) return client.no_update;
    let heard = false; // the first event is told with every snapshot
    park.live.attach(page, {
      commands() {
        if (!heard) { heard = park.live.status.mode === "push"; return; }
        clearTimeout(waiting);
        waiting = setTimeout(() => {
          const isReading = document.getElementById("page-content").scrollTop > 200 || document.activeElement?.closest?.("#vehicle-photos form");
          if (page.isConnected && !isReading) { const address = new URL(location.href); address.searchParams.set("now", Math.round(Date.now() / 1000)); history.replaceState({}, "", address.pathname + address.search); window.dispatchEvent(new CustomEvent("_dashprivate_pushstate")); }
        }, SOONEST_MS);
      },
    });
    return client.no_update;
  };
})();
