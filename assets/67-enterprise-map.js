/* The enterprises on the small map of a module's home: one dot each, in the colour of its group; a dot opens what the page says. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const pages = (window.park_pages = window.park_pages || {});
  const client = (window.dash_clientside = window.dash_clientside || {});
  client.park_pages = client.park_pages || pages;
  const L = window.L;
  const MOST_IN_LEGEND = 7;
  const OTHER = "--c-other";

  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  /** A name as a node: what came from a record is never read as HTML. */
  function words(text) {
    const made = document.createElement("span");
    made.textContent = text;
    return made;
  }

  function legend(box, groups) {
    const shown = groups.filter((group) => group.token !== OTHER).slice(0, MOST_IN_LEGEND);
    const entries = shown.length < groups.length ? [...shown, { label: "其他", token: OTHER }] : shown;
    box.replaceChildren(...entries.map((group) => {
      const swatch = document.createElement("i");
      swatch.style.setProperty("--k", `var(${group.token})`);
      const made = words(group.label);
      made.prepend(swatch);
      return made;
    }));
  }

  async function mount(definition) {
    const frame = document.getElementById("map-enterprises");
    const panel = frame.closest(".spot-map");
    const map = await park.map.ready(frame);
    // A pane of its own: the base map comes later and would be painted over the dots.
    map.createPane("spots").style.zIndex = 450;
    const renderer = L.canvas({ pane: "spots", padding: 0.2 });
    const dots = definition.spots.map(([id, name, lon, lat]) => {
      const dot = L.circleMarker([lat, lon], { pane: "spots", renderer, radius: 6, weight: 1.5, fillOpacity: 0.92 });
      dot.bindTooltip(words(name), { direction: "top", offset: [0, -4] });
      dot.on("click", () => park.shell.go(`${definition.path}${id}`));
      return dot.addTo(map);
    });

    function paint(key) {
      const place = Math.max(0, definition.modes.findIndex((mode) => mode.key === key));
      const colours = new Map(definition.modes[place].groups.map((group) => [group.key, token(group.token)]));
      const rim = token("--map-rim");
      dots.forEach((dot, i) => dot.setStyle({ color: rim, fillColor: colours.get(definition.spots[i][4 + place]) || token(OTHER) }));
      legend(frame.querySelector(".spot-legend"), definition.modes[place].groups);
      panel.querySelectorAll("[data-map-mode]").forEach((button) => {
        const isOn = button.dataset.mapMode === definition.modes[place].key;
        button.classList.toggle("on", isOn);
        button.setAttribute("aria-pressed", String(isOn));
      });
    }

    panel.addEventListener("click", (event) => {
      const button = event.target.closest("[data-map-mode]");
      if (!button) return;
      paint(button.dataset.mapMode);
      park.shell.state({ map: button.dataset.mapMode === definition.modes[0].key ? null : button.dataset.mapMode });
    });
    const fit = () => {
      const [west, south, east, north] = definition.extent;
      map.invalidateSize({ pan: false });
      const covered = frame.querySelector(".spot-legend").offsetHeight + 16;
      map.fitBounds([[south, west], [north, east]], { paddingTopLeft: [8, 8], paddingBottomRight: [8, covered], animate: false });
    };
    paint(definition.mode);
    fit();
    const watcher = new ResizeObserver(fit);
    watcher.observe(frame);
    map.on("unload", () => watcher.disconnect());
    frame.parkDots = dots; // for tests
  }

  pages.enterprise_map = function (definition) {
    if (definition) mount(definition).catch((error) => console.error("map", error));
    return client.no_update;
  };
})();
