/* 储罐监测, 汇总: what lies in the tanks of each installation or enterprise, and how many of them the sum stands on. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const { draw } = park;
  const tanks = (park.tanks = park.tanks || {});

  const HEADS = ["", "介质", "储罐在线", "测点在报", "存量 m³", "存量 t", "容积 m³", "充装率", "未确认", "高高/低低", "高/低", "停更", "存疑", "检修"];

  /** What the readings come to. A silent level is left out of the stock, so `told` says how many tanks it stands on. */
  tanks.sum = function (readings) {
    const found = { volume: 0, mass: 0, told: 0, wanted: 0, capacity: 0, weighed: 0, heavy: 0 };
    for (const { tank, main, isOut, silent } of readings) {
      if (isOut) continue;
      found.wanted += 1;
      if (tank.density) found.heavy += 1;
      const fraction = silent ? null : tanks.fraction(tank, main);
      if (fraction === null) continue;
      const volume = tank.volume * tanks.volumeShare(tank.shape, fraction);
      found.told += 1;
      found.volume += volume;
      found.capacity += tank.volume;
      if (tank.density) { found.mass += volume * tank.density; found.weighed += 1; }
    }
    return found;
  };

  const share = (some, all) => `<small class="${some < all ? "less" : ""}">${some}/${all} 罐在报</small>`;

  function cells(readings) {
    const sum = tanks.sum(readings);
    const points = tanks.reporting(readings);
    const count = (test) => readings.filter(test).length;
    const number = (n, tone) => `<td class="num ${n ? tone : "none"}">${n}</td>`;
    const inService = readings.filter((one) => !one.isOut);
    const online = inService.filter(tanks.isOnline).length;
    const waiting = count((one) => one.alarm && one.alarm.state === "unacknowledged");
    const level = (wanted) => count((one) => one.alarm && one.kinds.has(wanted));
    return [
      `<td class="num ${online < inService.length ? "less" : ""}">${online}/${inService.length}</td><td class="num ${points.some < points.all ? "less" : ""}">${points.words}</td>`,
      `<td class="num stock">${sum.told ? draw.number(sum.volume, 0) : "—"}${share(sum.told, sum.wanted)}</td>`,
      `<td class="num stock">${sum.weighed ? draw.number(sum.mass, 0) : "—"}${share(sum.weighed, sum.heavy)}</td>`,
      `<td class="num">${draw.number(sum.capacity, 0)}</td><td class="num">${sum.capacity ? `${draw.number((100 * sum.volume) / sum.capacity, 1)} %` : "—"}</td>`,
      number(waiting, "level-1 strong"), number(level("urgent"), "level-1"), number(level("important"), "level-2"), number(count((one) => one.kinds.has("stale")), "less"), number(count((one) => one.kinds.has("doubtful")), "doubt"), number(count((one) => one.isOut), ""),
    ].join("");
  }

  /** The table of `groups` ({name, note, tanks}): {node, renew()}; `opened(name)` is called when a row is chosen. */
  tanks.sums = function (groups, page, opened) {
    const of = (list) => list.map((tank) => page.readings.get(tank.id));
    const node = draw.element(`<table class="tank-table tank-sums"><thead><tr>${HEADS.map((head, i) => `<th${i > 1 ? ' class="num"' : ""}>${i ? head : page.state.group === "area" ? "罐区" : "企业"}</th>`).join("")}</tr></thead><tbody></tbody><tfoot><tr></tr></tfoot></table>`);
    const rows = groups.map((group) => {
      const media = [...new Set(group.tanks.map((tank) => tank.medium))].join("、");
      const row = draw.element(`<table><tbody><tr><th scope="row"><button type="button" class="link" title="查看这里的储罐">${draw.escape(group.name)}</button><small>${draw.escape(group.note)}</small></th><td class="media" title="${draw.escape(media)}">${draw.escape(media)}</td></tr></tbody></table>`).querySelector("tr");
      row.querySelector("button").addEventListener("click", () => opened(group.name));
      node.tBodies[0].append(row);
      return { row, group, first: row.innerHTML, write: write(row) };
    });
    const total = node.tFoot.rows[0];
    total.innerHTML = '<th scope="row">合计</th><td></td>';
    const writeTotal = write(total);

    /** Only the figures are written anew: the button keeps its focus. */
    function write(row) {
      return tanks.whenNew((html) => {
        while (row.cells.length > 2) row.lastChild.remove();
        row.insertAdjacentHTML("beforeend", html);
      });
    }
    return {
      node,
      renew() {
        for (const { group, write: put } of rows) put(cells(of(group.tanks)));
        writeTotal(cells(of(groups.flatMap((group) => group.tanks))));
      },
    };
  };
})();
