/* 趋势分析, left side: which points are drawn. By installation or by a word; what is chosen stands on top in the colour of its curve. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const trend = (park.trend = park.trend || {});
  const { draw } = park;
  const MOST_ROWS = 240;

  const fold = (text) => text.toLowerCase().replace(/[\s-]/g, "");

  /** The picker in `box` over `page` ({points, most, colours, state}): {renew(), fault(text)}; `changed()` is called when the choice is another one. */
  trend.picker = function (box, page, changed) {
    const areas = [...new Map(page.points.map((point) => [`${point.firm} ${point.area}`, point])).entries()];
    const known = new Map(page.points.map((point) => [point.code, point]));
    for (const point of page.points) point.searched = fold([point.code, point.name, point.tank, point.medium, point.area, point.firm].join("\n"));
    const first = known.get(page.state.points[0]);
    let area = first ? `${first.firm} ${first.area}` : areas.length ? areas[0][0] : "";

    box.innerHTML =
      '<h2>测点 <small></small></h2><div class="trend-chosen"></div><p class="trend-fault" role="alert" hidden></p>' +
      '<label class="trend-search"><i class="bi bi-search" aria-hidden="true"></i><input type="search" class="input" maxlength="60" placeholder="罐号、测点、介质、企业" aria-label="搜索测点"></label>' +
      '<div class="trend-area"><select class="form-select" aria-label="罐区"></select><button type="button" class="button small" title="选中该罐区的液位，最多 6 个">全部液位</button></div><div class="trend-list"></div>';
    const at = (selector) => box.querySelector(selector);
    const [search, select, list] = [at("input"), at("select"), at(".trend-list")];
    select.append(...areas.map(([key, point]) => { const one = document.createElement("option"); one.value = key; one.textContent = `${point.area}（${point.firm}）`; return one; }));
    select.value = area;

    const isFull = () => page.state.points.length >= page.most;

    function choose(code, isOn) {
      const { points } = page.state;
      if (isOn && (points.includes(code) || isFull())) return;
      page.state.points = isOn ? [...points, code] : points.filter((one) => one !== code);
      renew();
      changed();
    }

    function drawChosen() {
      const chips = page.state.points.map((code, place) => {
        const point = known.get(code);
        const chip = draw.element(
          `<span class="trend-chip"><i></i><b>${draw.escape(point ? point.name : code)}</b><small>${draw.escape(point ? point.unit : "没有此测点")}</small>` +
          `<button type="button" title="移除" aria-label="移除 ${draw.escape(point ? point.name : code)}"><i class="bi bi-x" aria-hidden="true"></i></button></span>`);
        chip.firstChild.style.background = `var(--${page.colours[place % page.colours.length]})`;
        chip.querySelector("button").addEventListener("click", () => { choose(code, false); search.focus(); });
        return chip;
      });
      at(".trend-chosen").replaceChildren(...chips);
      at("h2 small").textContent = `已选 ${page.state.points.length}/${page.most}`;
      at("h2 small").classList.toggle("full", isFull());
    }

    function wanted() {
      const parts = search.value.trim().split(/\s+/).map(fold).filter(Boolean);
      if (!parts.length) return page.points.filter((point) => `${point.firm} ${point.area}` === area);
      return page.points.filter((point) => parts.every((part) => point.searched.includes(part)));
    }

    function row(point) {
      const isOn = page.state.points.includes(point.code);
      const made = draw.element(`<label class="trend-row"><input type="checkbox"${isOn ? " checked" : ""}${!isOn && isFull() ? " disabled" : ""}><span>${draw.escape(point.label)}</span><small>${draw.escape(point.unit)}</small></label>`);
      made.title = isOn || !isFull() ? `${point.code} ${point.name}` : `最多 ${page.most} 个测点，请先去掉一些`;
      made.dataset.code = point.code;
      made.firstChild.addEventListener("change", (event) => {
        choose(point.code, event.target.checked);
        const again = list.querySelector(`[data-code="${CSS.escape(point.code)}"] input`); // the list was drawn anew
        if (again) again.focus();
      });
      return made;
    }

    function drawList() {
      const found = wanted();
      const parts = [];
      let tank = null;
      for (const point of found.slice(0, MOST_ROWS)) {
        const head = `${point.tank || point.area}${search.value.trim() && point.tank ? ` · ${point.area}` : ""}`;
        if (head !== tank) parts.push(draw.element(`<h3>${draw.escape(head)} <small>${draw.escape(point.medium)}</small></h3>`));
        tank = head;
        parts.push(row(point));
      }
      if (!found.length) parts.push(draw.element(`<p class="trend-none">${page.points.length ? "没有符合的测点，请换个词。" : "您的数据范围内还没有测点。"}</p>`));
      if (found.length > MOST_ROWS) parts.push(draw.element(`<p class="trend-none">还有 ${found.length - MOST_ROWS} 个测点，请输入更多字。</p>`));
      const { scrollTop } = list;
      list.replaceChildren(...parts);
      list.scrollTop = scrollTop;
      box.querySelector(".trend-area").hidden = Boolean(search.value.trim());
    }

    function renew() { drawChosen(); drawList(); }

    let timer = 0;
    search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(drawList, 120); });
    select.addEventListener("change", () => { area = select.value; list.scrollTop = 0; drawList(); });
    at(".trend-area button").addEventListener("click", () => {
      const levels = page.points.filter((point) => `${point.firm} ${point.area}` === area && point.quantity === "level");
      if (!levels.length) { fault("该罐区没有液位测点。"); return; }
      page.state.points = levels.slice(0, page.most).map((point) => point.code);
      renew();
      changed();
    });

    function fault(text) {
      at(".trend-fault").hidden = !text;
      at(".trend-fault").textContent = text || "";
    }
    renew();
    return { renew, fault, focus: () => search.focus() };
  };
})();
