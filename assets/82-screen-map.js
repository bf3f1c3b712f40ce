/* The map of a wall: the same layers and symbols as the desk's, larger, without tools, seen as a whole. */
(function () {
  "use strict";
  const park = window.park;
  const { screen, map } = park;
  const { el } = screen;
  const L = window.L;
  const LARGER = 1.62; // a symbol of 28 px on a desk has 45 px on a canvas 1080 high
  let ground = null; // fetched once

  function base() {
    ground = ground || park.live.fetch("/map/base/ground.json").then((answer) => {
      if (!answer.ok) throw new Error(`ground ${answer.status}`);
      return answer.json();
    });
    ground.catch(() => { ground = null; });
    return ground;
  }

  const URGENT = new Set(["sos", "collision", "rollover"]);

  /** The map in `shown.frame` with the things of `definition`; `options.legend` names symbols, `options.follows` turns to who calls for help,
   *  `options.show(isAnew)` brings into view what the screen is about, instead of the whole park. */
  screen.map = function (shown, definition, options) {
    const box = el("div", "map-canvas");
    shown.frame.append(box);
    const [west, south, east, north] = definition.extent;
    const leaflet = L.map(box, {
      center: [(south + north) / 2, (west + east) / 2], zoom: definition.zoom, zoomSnap: 0, minZoom: 9, maxZoom: 19, zoomControl: false, attributionControl: false, preferCanvas: true,
      dragging: false, keyboard: false, scrollWheelZoom: false, doubleClickZoom: false, boxZoom: false, touchZoom: false, fadeAnimation: false,
    });
    const part = { view: null, leave() { part.isGone = true; leaflet.remove(); } };
    const fallen = (error) => { if (!part.isGone) console.error("screen map", error); };
    base().then((found) => { if (!part.isGone) L.geoJSON(found, { style: map.style, interactive: false }).addTo(leaflet).bringToBack(); }).catch(fallen);
    const margin = 46 * screen.scale();
    map.open(shown.frame, definition, { magnify: LARGER * screen.scale(), padding: () => [margin, margin, margin, margin], shown: { ...options.shown, camera: false } }).then((view) => {
      if (part.isGone) return;
      part.view = view;
      if (options.draw) options.draw(view, shown.frame, definition, LARGER * screen.scale());
      view.whole(false);
      leaflet.on("resize", () => part.turn(true));
      part.turn(true);
    }).catch((error) => { if (!part.isGone) fallen(error); });

    let about = 0;
    /** See the whole park; or the vehicle that calls for help and has not been answered, when it is away or this is the vehicles' own screen. */
    part.turn = function (isAnew) {
      const { view } = part;
      if (!view) return;
      if (options.show) { if (isAnew) options.show(true); return; }
      const alarm = park.live.alarms.find((one) => one.source_type === "vehicle" && URGENT.has(one.kind) && one.state === "unacknowledged");
      const at = alarm && view.layer.at(alarm.source_id);
      const isAway = at && (at.lon < west || at.lon > east || at.lat < south || at.lat > north);
      const next = at && (options.follows || isAway) ? alarm.id : 0;
      view.layer.follow = null;
      if (next === about && !isAnew) { if (next) view.center(at.lat, at.lon); return; }
      about = next;
      if (next) view.fly(at.lat, at.lon, leaflet.getBoundsZoom([[south, west], [north, east]]) + 1.5);
      else view.whole(!isAnew);
    };
    part.alarms = () => part.turn(false);
    part.tick = () => part.turn(false);
    shown.hole.append(...(options.legend ? [legend(options.legend)] : []));
    shown.frame.parkScreen = part; // for tests
    return part;
  };

  function legend(entries) {
    const rows = entries.map(([words, paint]) => {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = 40 * 2;
      const g = canvas.getContext("2d");
      g.scale(2.6, 2.6);
      paint(g, 15, 15);
      return el("li", "", canvas, words);
    });
    return el("ul", "screen-legend", ...rows);
  }
})();
