/* 最近力量: beside a vehicle that is locked because it called for help, who is nearest to it, as a list and on the map. */
(function () {
  "use strict";
  const park = window.park;
  const map = park.map;
  const el = map.element;
  const AGAIN_MS = 60000; // the vehicle may move on
  let open = null; // the callback from the server finds it here

  const far = (metres) => (metres >= 1000 ? `${park.draw.number(metres / 1000, 1)} km` : `${Math.round(metres)} m`);

  /** The panel in `host`: {show(car|null), renew()}. Without the right to the resources it stays away. */
  park.vehicles.help = function (state, host) {
    const kinds = state.view.definition.help;
    const home = host.parentElement;
    const box = { car: null, rows: [], askedAt: 0 };

    function ask() {
      box.askedAt = Date.now();
      window.dash_clientside.set_props("vehicles-help-wish", { data: { id: box.car.id, key: box.askedAt } });
    }

    function row(one) {
      const kind = kinds[one.kind] || { sign: "救", word: "" };
      const call = one.phone && el("a", "help-call", map.glyph("telephone"), el("span", "", one.phone));
      if (call) { call.href = `tel:${one.phone.replace(/[^\d+]/g, "")}`; call.dataset.plain = "1"; call.setAttribute("aria-label", `拨打 ${one.name} ${one.phone}`); }
      const sign = el("i", "help-sign", kind.sign);
      sign.title = kind.word;
      const pick = map.button("help-pick", "在地图上查看", () => state.view.fly(one.lat, one.lon, 15), sign, el("b", "", one.name), el("span", "", far(one.far)), el("small", "", [kind.word, one.what].filter(Boolean).join(" · ")));
      return el("li", "", pick, call);
    }

    function draw() {
      host.hidden = !box.car;
      // On a phone it is the lower part of the card, which stands there while a vehicle is locked.
      const place = window.matchMedia("(max-width: 767px)").matches ? document.getElementById("map-card") : home;
      if (host.parentElement !== place) place.append(host);
      if (!box.car) { host.replaceChildren(); return; }
      const at = state.view.layer.at(box.car.id);
      const all = el("a", "help-all", "更多");
      all.href = at ? `/emergency/search?area=${at.lon.toFixed(6)},${at.lat.toFixed(6)},5000` : "/emergency/search";
      const rows = box.rows.length ? [el("ul", "", ...box.rows.map(row))] : [el("p", "muted", box.isTold ? "50 km 内没有登记的救援力量" : "正在查找…")];
      host.replaceChildren(el("header", "", el("b", "", `${box.car.plate} 最近力量`), el("span", "muted", "按直线距离"), all), ...rows);
    }

    box.show = function (car) {
      const wanted = kinds && car ? car : null;
      if (wanted === box.car) return;
      Object.assign(box, { car: wanted, rows: [], isTold: false });
      if (wanted) ask();
      draw();
      state.view.layer.request();
    };
    box.renew = function () { if (box.car && Date.now() - box.askedAt > AGAIN_MS) ask(); };
    box.take = function (found) {
      if (!box.car || box.car.id !== found.id) return;
      Object.assign(box, { rows: found.rows, isTold: true });
      draw();
      state.view.layer.request();
    };
    state.view.layer.overlay = function (picture, room) {
      for (const one of box.rows) {
        if (one.lon === null) continue;
        const [x, y] = [picture.x(map.mercX(one.lon)), picture.y(map.mercY(one.lat))];
        if (!picture.sees(x, y)) continue;
        map.symbols.force(picture.g, x, y, (kinds[one.kind] || {}).sign);
        map.words.label(picture, room, `${one.name} ${far(one.far)}`, x, y, { px: 13, bold: true, gap: 18 });
      }
    };
    open = box;
    return box;
  };

  window.dash_clientside.park_pages.vehicles_help = function (found) { if (found && open) open.take(found); };
})();
