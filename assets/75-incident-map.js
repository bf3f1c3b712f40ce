/* An incident on a map, the same on the desk and on a wall: the place, planning circles that say what they are, wind, forces near. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const map = park.map;
  const incident = (park.incident = park.incident || {});
  const TURN = Math.PI / 180;
  const HALF = 24; // degrees to each side of downwind
  const NAMES_FROM_ZOOM = 14.75;
  const MOST_M = 1.15; // of the largest circle that is brought into view
  const LEAST_M = 500;

  /** Whether anything may be drawn by the wind: it becomes unfit by itself when it grows old. */
  incident.windFits = (wind) => Boolean(wind && wind.at && !wind.why && park.live.now() <= wind.until);
  /** Why not, in words. */
  incident.windFault = (wind) => (incident.windFits(wind) ? "" : (wind && wind.why) || "风向风速已过期，请重新录入");

  function box(view, text, x, y, colour) {
    const { g } = view;
    const w = map.symbols.width(g, text, 13, true) + 14;
    const left = Math.max(4, Math.min(view.width - w - 4, x - w / 2));
    g.fillStyle = map.fade(map.colours().bg, 0.92);
    g.beginPath();
    g.roundRect(left, y - 11, w, 22, 3);
    g.fill();
    map.symbols.text(g, text, left + 7, y, { px: 13, bold: true, colour, halo: 0.1 });
    return { x: left, y: y - 11, w, h: 22 };
  }

  function ring(g, x, y, r, colour, opacity) {
    map.symbols.circle(g, x, y, r);
    g.fillStyle = map.fade(colour, opacity);
    g.fill();
    g.strokeStyle = colour;
    g.setLineDash([8, 5]);
    g.lineWidth = 1.8;
    g.stroke();
    g.setLineDash([]);
  }

  function sector(g, x, y, r, toward, colour) {
    const middle = (toward - 90) * TURN;
    g.beginPath();
    g.moveTo(x, y);
    g.arc(x, y, r, middle - HALF * TURN, middle + HALF * TURN);
    g.closePath();
    g.fillStyle = map.fade(colour, 0.15);
    g.fill();
    g.strokeStyle = colour;
    g.setLineDash([8, 5]);
    g.lineWidth = 1.8;
    g.stroke();
    g.setLineDash([]);
    return [x + r * 0.8 * Math.cos(middle), y + r * 0.8 * Math.sin(middle)];
  }

  function arrow(g, x, y, toward, colour) {
    g.save();
    g.translate(x, y);
    g.rotate(toward * TURN);
    g.fillStyle = colour;
    g.beginPath();
    for (const [px, py] of [[0, -26], [13, -6], [5, -6], [5, 24], [-5, 24], [-5, -6], [-13, -6]]) g.lineTo(px, py);
    g.closePath();
    g.fill();
    g.restore();
  }

  function circles(view, one, x, y) {
    const c = map.colours();
    const labels = [];
    const whole = one.circles.filter((other) => !other.downwind);
    const fits = incident.windFits(one.wind);
    for (const circle of [...one.circles].sort((a, b) => b.radius_m - a.radius_m)) {
      const r = circle.radius_m / view.perPixel;
      const colour = circle === whole[0] ? c.danger : c.warn;
      if (!circle.downwind) {
        ring(view.g, x, y, r, colour, circle === whole[0] ? 0.22 : 0.08);
        labels.push([circle.words, x, Math.min(view.height - 16, y + r + 14), colour]);
      } else if (fits) {
        const [lx, ly] = sector(view.g, x, y, r, one.wind.toward, colour);
        labels.push([circle.words, lx, ly, colour]);
      } else labels.push([`${circle.words}未画：${incident.windFault(one.wind).split(/[（：]/)[0]}`, x, y - 40, c.stale]);
    }
    return labels;
  }

  /** Draw the incident into one picture of the live layer (layer.overlay). */
  incident.paint = function (view, room, one) {
    if (!one || one.lon === null || one.lon === undefined) return;
    const { symbols, words } = map;
    const c = map.colours();
    const [x, y] = [view.x(map.mercX(one.lon)), view.y(map.mercY(one.lat))];
    const labels = circles(view, one, x, y);
    if (incident.windFits(one.wind) && one.wind.words !== "静风") {
      const from = (one.wind.toward + 180 - 90) * TURN;
      arrow(view.g, x + 74 * Math.cos(from), y + 74 * Math.sin(from), one.wind.toward, c.text);
    }
    const taken = [];
    for (const force of one.forces || []) {
      const [fx, fy] = [view.x(map.mercX(force.lon)), view.y(map.mercY(force.lat))];
      if (!view.sees(fx, fy) || taken.some(([tx, ty]) => Math.hypot(tx - fx, ty - fy) < 22)) continue;
      taken.push([fx, fy]);
      symbols.force(view.g, fx, fy, force.sign);
      if (view.zoom >= NAMES_FROM_ZOOM) words.label(view, room, force.name, fx, fy, { px: 12, gap: 18 });
    }
    symbols.level(view.g, x, y, 1, { size: 30, filled: one.open });
    const heights = [];
    for (const [text, lx, ly, colour] of labels) {
      let at = ly;
      while (heights.some((other) => Math.abs(other - at) < 24)) at += 24;
      heights.push(at);
      room.take(box(view, text, lx, at, colour));
    }
  };

  /** Bring the place with its circles into view, of those downwind only their side; `margin` in px. */
  incident.show = function (leaflet, one, margin) {
    if (!one || one.lon === null || one.lon === undefined) return;
    const place = window.L.latLng(one.lat, one.lon);
    const most = Math.max(LEAST_M, ...one.circles.filter((circle) => !circle.downwind).map((circle) => circle.radius_m * MOST_M));
    const bounds = place.toBounds(2 * most);
    if (incident.windFits(one.wind)) {
      for (const circle of one.circles.filter((other) => other.downwind)) for (const side of [-HALF, 0, HALF]) {
        const angle = (one.wind.toward + side) * TURN;
        bounds.extend([one.lat + (circle.radius_m * Math.cos(angle)) / 111195, one.lon + (circle.radius_m * Math.sin(angle)) / (111195 * Math.cos(one.lat * TURN))]);
      }
    }
    leaflet.fitBounds(bounds, { padding: [margin, margin], maxZoom: 17, animate: false });
  };
})();
