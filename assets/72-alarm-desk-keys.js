/* 报警中心 by the keyboard alone: keys, the sheet that tells them (?), and a focus that no live update takes away. */
(function () {
  "use strict";
  const park = window.park;
  const A = park.alarms;
  const D = (A.desk = A.desk || {});
  const { part, attribute, button, glyph } = A.dom;

  const SHEET = [
    ["看", [["↑ ↓", "上一条、下一条报警"], ["Home End", "第一条、最后一条"], ["回车", "进入右侧详情"], ["Esc", "回到列表；再按关闭详情"], ["1～6", "切换视图，按左侧顺序"], ["L", "切换级别"], ["/", "搜索"]]],
    ["办", [["空格", "确认"], ["C", "处置，表示由我处置"], ["Z", "转交给他人"], ["G", "选择原因并关闭"], ["Y", "抑制此测点"], ["B", "写处置说明"]]],
    ["批量与其他", [["X", "勾选这一条"], ["Shift 空格", "确认全部勾选的"], ["T", "打开趋势分析"], ["D", "在地图上定位"], ["M", "静音、恢复声音"], ["?", "打开、关闭本表"]]],
  ];

  /* ---- Focus ------------------------------------------------------------------------------------------------------- */

  const rowNodes = () => [...D.at.root.querySelectorAll("#desk-list .alarm-row[data-id]")];
  const rowOf = (id) => D.at.root.querySelector(`#desk-list .alarm-row[data-id="${id}"]`);
  const keyed = (key) => D.at.root.querySelector(`[data-key="${key}"]:not(:disabled)`);

  let isHomeless = false; // the focus was here, and there is nothing left that could have it

  function focusRow(id) {
    const row = rowOf(id) || rowNodes()[0];
    if (row) row.focus({ preventScroll: true });
    isHomeless = !row; // the list is empty: the next row that comes gets it
  }

  /** Draw; what had the focus has it afterwards too: the same row wherever it went, the same button made anew, else the row in its place. */
  D.keepFocus = function (drawParts) {
    const before = document.activeElement;
    const isInside = D.at.root.contains(before);
    const row = isInside && before.closest(".alarm-row[data-id]");
    const place = row ? rowNodes().indexOf(row) : -1;
    const isTick = row && before !== row;
    drawParts();
    if (!isInside) {
      if (isHomeless && document.activeElement === document.body) focusRow(D.at.state.id);
      else isHomeless = false;
      return;
    }
    const now = document.activeElement;
    if (now === before && before.isConnected && !before.disabled) return;
    if (now !== document.body && now !== before) return; // somebody put it elsewhere on purpose
    const again = row ? rowOf(row.dataset.id) || rowNodes()[Math.min(place, rowNodes().length - 1)] : before.dataset.key ? keyed(before.dataset.key) : null;
    const target = (again && isTick && again.querySelector(".row-tick:not([hidden])")) || again;
    if (target) target.focus({ preventScroll: true });
    else focusRow(D.at.state.id);
  };

  /** Close the detail and stand on its row. */
  D.close = function () {
    const { id } = D.at.state;
    D.go({ id: 0 });
    focusRow(id);
  };

  /* ---- The sheet of keys ------------------------------------------------------------------------------------------- */

  D.help = function () {
    const there = D.at.root.querySelector("#desk-help");
    if (there) { there.close(); return; }
    const before = document.activeElement;
    const group = ([name, keys]) => part("section", "", part("h3", "", name), part("dl", "", keys.flatMap(([key, words]) => [part("dt", "", part("kbd", "", key)), part("dd", "", words)])));
    const close = attribute(button("detail-close", glyph("x-lg"), () => sheet.close()), { title: "关闭 (Esc)", "aria-label": "关闭" });
    const sheet = attribute(part("dialog", "keys-sheet", part("header", "", part("h2", "", "键盘操作"), close), part("div", "keys-groups", SHEET.map(group)), part("p", "muted", "输入文字时按 Esc 回到列表，按键才生效。")), { id: "desk-help", "aria-label": "键盘操作" });
    sheet.addEventListener("close", () => { sheet.remove(); if (before && before.isConnected) before.focus({ preventScroll: true }); });
    D.at.root.append(sheet);
    sheet.showModal();
  };

  /* ---- Keys -------------------------------------------------------------------------------------------------------- */

  const picked = () => (D.at.state.id ? D.find(D.at.state.id) : undefined);
  const isTyping = (node) => Boolean(node.closest && node.closest("textarea, select, [contenteditable], input:not([type=checkbox])"));
  const isActive = (node) => Boolean(node.closest && node.closest("button, a, summary, input, select"));

  let last = 0; // where the chosen row stood: it may have left the view

  /** Go to the row so many further on, and stand on it. */
  function move(step) {
    const shown = D.shownRows();
    if (!shown.length) return;
    const place = shown.findIndex((alarm) => alarm.id === D.at.state.id);
    const from = place >= 0 ? place : D.at.state.id ? last - (step > 0 ? 1 : 0) : step > 0 ? -1 : 0;
    last = Math.max(0, Math.min(shown.length - 1, from + step));
    D.pick(shown[last].id);
    focusRow(shown[last].id);
  }

  function press(key) {
    const node = keyed(key);
    if (node) node.click();
  }

  function stand(key) {
    const node = keyed(key);
    if (!node) return;
    node.scrollIntoView({ block: "nearest" });
    node.focus();
  }

  function confirm() {
    const alarm = picked();
    if (alarm && A.isWaiting(alarm)) A.acknowledge([alarm.id], A.detail.note());
  }

  function nextLevel() {
    const levels = ["", "1", "2", "3", "4"];
    D.go({ level: levels[(levels.indexOf(D.at.state.level) + 1) % levels.length] });
  }

  function mark() {
    const row = rowOf(D.at.state.id);
    const tick = row && row.querySelector(".row-tick:not([hidden])");
    if (tick) tick.click();
  }

  const KEYS = {
    ArrowDown: () => move(1), ArrowUp: () => move(-1), PageDown: () => move(10), PageUp: () => move(-10), Home: () => move(-Infinity), End: () => move(Infinity),
    c: () => press("handle"), z: () => stand("colleague"), g: () => stand("cause:false_alarm"), y: () => (A.detail.note() ? stand("suspend-first") : stand("note")), b: () => stand("note"), x: mark, l: nextLevel,
    t: () => press("trend"), d: () => press("map"), m: () => { const sound = document.querySelector("#head-sound button"); if (sound) sound.click(); }, "/": () => D.at.search.focus(), "?": () => D.help(), "？": () => D.help(),
  };

  function onEscape(event) {
    if (isTyping(event.target)) {
      event.preventDefault(); // browsers empty a search field by the same key: the list would lose its filter
      event.target.blur();
      focusRow(D.at.state.id);
      return;
    }
    if (!event.target.closest || !event.target.closest("#desk-detail")) { if (D.at.state.id) D.close(); return; }
    focusRow(D.at.state.id);
  }

  function onKey(event) {
    if (!D.at || !D.at.root.isConnected) { document.removeEventListener("keydown", onKey); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (event.target.closest && event.target.closest("dialog, [role=dialog], [role=alertdialog]")) { if (event.key === "?" || event.key === "？") D.help(); return; }
    if (event.key === "Escape") { onEscape(event); return; }
    if (isTyping(event.target)) return;
    if (event.key === " ") {
      if (event.repeat || isActive(event.target)) return;
      event.preventDefault();
      if (event.shiftKey) D.confirmTicked(); else confirm();
      return;
    }
    if (event.key === "Enter") {
      if (isActive(event.target) || !D.at.state.id) return;
      event.preventDefault();
      const first = D.at.root.querySelector("#desk-detail-form :is(button, textarea):not(:disabled)");
      if (first) first.focus();
      return;
    }
    const view = Object.keys(D.VIEWS)[Number(event.key) - 1];
    if (view) { D.show(view); return; }
    const does = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!does) return;
    event.preventDefault();
    does();
  }

  D.listen = () => document.addEventListener("keydown", onKey);
})();
