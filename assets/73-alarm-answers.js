/* One alarm: the answers that a person can give to it. 确认, 处置, 转交, 关闭 with a cause, 抑制 with an end, and where else to look. */
(function () {
  "use strict";
  const park = window.park;
  const A = park.alarms;
  const { part, attribute, button, glyph } = A.dom;

  const CAUSES = { false_alarm: "误报", maintenance: "检修", process: "工艺波动", real: "真实险情", drill: "演练" };

  /** What stands in a box, to be sent; the box remembers it, so that an answer clears nothing that was typed since. */
  const read = (box) => (box ? (box.dataset.read = box.value.trim()) : "");
  const note = (at) => read(at && at.noteBox);

  function phoneLinks(at, alarm) {
    const known = at.story ? at.story.contacts : [];
    const first = (known[0] && known[0].phone) || at.phones[alarm.enterprise_id];
    if (!first) return null;
    const words = known[0] && known[0].label === "驾驶员" ? "驾驶员" : "企业";
    return attribute(part("a", "button large call", glyph("telephone"), words), { href: `tel:${first}`, "data-plain": "1", title: first });
  }

  /** Three parts, each drawn anew on its own: a remark that is being written keeps its place and its cursor. */
  function draw(at, box) {
    const { alarm, story } = at;
    if (!at.form || at.form.parentElement !== box) {
      at.form = part("div", "form-parts", part("div", "answers"), part("div", "field"), part("div", "after"));
      box.replaceChildren(at.form);
    }
    const [answers, field, after] = at.form.children;
    const isOpen = alarm.state !== "closed";
    const isPending = A.pending.has(alarm.id);
    const renew = (name, look, target, make) => {
      if (at.looks[name] === look) return;
      at.looks[name] = look;
      target.replaceChildren(...make().filter(Boolean));
    };
    renew("answers", JSON.stringify([alarm.state, isPending, Boolean(park.live.past), story && story.contacts]), answers, () => answerButtons(at, alarm, isOpen, isPending));
    renew("field", JSON.stringify([isOpen, Boolean(park.live.past)]), field, () => (isOpen && (A.may("acknowledge") || A.may("handle")) ? [...noteField(at), part("div", "hand-field"), A.may("handle") && closeField(at, alarm)] : []));
    const hand = field.querySelector(".hand-field");
    if (hand) renew("hand", JSON.stringify([story && story.colleagues, isPending]), hand, () => handField(at, alarm, isPending));
    const seen = [isOpen, alarm.cause_word, alarm.note, alarm.measures, alarm.result, story && story.place, story && story.suspended, Boolean(park.live.past)];
    renew("after", JSON.stringify(seen), after, () => [!isOpen && (alarm.cause_word || alarm.note) && ending(alarm), isOpen && suspendField(at, alarm, story), placeLinks(at, alarm)]);
    if (at.renewClose) at.renewClose(isPending);
  }

  function answerButtons(at, alarm, isOpen, isPending) {
    const made = [];
    if (isOpen && A.isWaiting(alarm) && A.may("acknowledge")) {
      const words = [glyph("check-lg"), isPending ? "确认中…" : "确认", part("kbd", "", "空格")];
      made.push(attribute(button(`button ${alarm.level === 1 ? "danger" : "primary"} large confirm`, words, () => A.acknowledge([alarm.id], note(at))), { disabled: isPending, "data-key": "confirm" }));
    }
    if (isOpen && alarm.state !== "in_progress" && A.may("handle")) {
      made.push(attribute(button("button large", ["处置", part("kbd", "", "C")], () => A.startHandling(alarm.id, note(at))), { disabled: isPending, "data-key": "handle", title: "表示由我处置，处置完成后选择原因关闭" }));
    }
    return [...made, phoneLinks(at, alarm)];
  }

  function noteField(at) {
    const label = attribute(part("label", "muted", "处置说明"), { for: "desk-note" });
    const field = attribute(part("textarea", "input"), { id: "desk-note", rows: "2", maxlength: "500", placeholder: "随确认、处置、转交、关闭一并记录", "data-key": "note" });
    at.noteBox = field;
    return [label, field];
  }

  function closeField(at, alarm) {
    const done = attribute(button("button close-alarm", "关闭报警", () => A.resolve(alarm.id, at.cause, note(at), { measures: read(at.measuresBox), result: read(at.resultBox) })), { "data-key": "close" });
    const renew = (isPending) => attribute(done, { disabled: !at.cause || isPending, title: at.cause ? null : "先选择原因" });
    const chips = Object.entries(CAUSES).map(([code, word]) => {
      const made = button("cause", word, () => {
        at.cause = at.cause === code ? "" : code;
        for (const chip of chips) attribute(chip, { "aria-pressed": String(chip.dataset.cause === at.cause) });
        renew(A.pending.has(alarm.id));
      });
      return attribute(made, { "data-cause": code, "data-key": `cause:${code}`, "aria-pressed": String(at.cause === code) });
    });
    at.renewClose = renew;
    at.measuresBox = line("desk-measures", "采取的措施，真实险情必填");
    at.resultBox = line("desk-result", "措施的结果");
    const lines = part("div", "done-lines", attribute(part("label", "muted", "措施"), { for: "desk-measures" }), at.measuresBox, attribute(part("label", "muted", "结果"), { for: "desk-result" }), at.resultBox);
    return part("div", "close-field", lines, part("div", "muted", "原因（关闭时必选） ", part("kbd", "", "G")), part("div", "causes", ...chips, done));
  }

  /** To whom the alarm goes: those who may handle it, first who is on duty. */
  function handField(at, alarm, isPending) {
    const people = (at.story && at.story.colleagues) || [];
    if (!people.length) return [];
    const option = (value, words) => attribute(part("option", "", words), { value });
    const list = attribute(part("select", "form-select", option("", "选择接收人"), ...people.map((one) => option(one.id, `${one.name} · ${one.post || one.role}`))), { id: "desk-colleague", "aria-label": "转交给", "data-key": "colleague" });
    list.value = at.person || "";
    const done = attribute(button("button", "转交", () => A.handOver(alarm.id, Number(list.value), note(at))), { "data-key": "hand" });
    const renew = () => attribute(done, { disabled: !list.value || isPending, title: list.value ? null : "先选择接收人" });
    list.addEventListener("change", () => { at.person = list.value; renew(); });
    renew();
    return [part("span", "muted", "转交给 ", part("kbd", "", "Z")), list, done];
  }

  const line = (id, words) => attribute(part("input", "input"), { id, maxlength: "500", placeholder: words });

  const AROUND_M = 5000; // how far 周边资源 looks
  const SPANS = { 1: "1 小时", 4: "4 小时", 8: "8 小时", 24: "24 小时", 168: "7 天" };

  /** For how long this point is to raise no alarms; the remark above is the reason. Where it is suspended: until when and why. */
  function suspendField(at, alarm, story) {
    if (alarm.source_type !== "point" || !story) return null;
    const there = story.suspended;
    const list = A.may("office") && attribute(part("a", "", "全部抑制"), { href: "/alarm-suspensions" });
    if (there) return part("div", "suspend-field", part("div", "", part("b", "", `已抑制至 ${A.clock(there.until)}`), `：${there.reason} `, list));
    if (!A.may("suspend")) return null;
    const suspend = (wish) => {
      if (note(at)) { A.suspend(alarm.id, wish, note(at)); return; }
      at.noteBox.placeholder = "请先在这里写明抑制原因";
      at.noteBox.focus();
    };
    const chips = Object.entries(SPANS).map(([hours, words], place) => attribute(button("cause", words, () => suspend({ hours: Number(hours) })), { "data-key": place ? `suspend:${hours}` : "suspend-first" }));
    const until = attribute(part("input", "input until"), { type: "datetime-local", "aria-label": "抑制至", "data-key": "until" });
    const done = attribute(button("button small", "抑制至此时", () => (until.value ? suspend({ until: until.value }) : until.focus())), { "data-key": "suspend-until" });
    return part("div", "suspend-field", part("div", "muted", "抑制此测点（原因写在处置说明里） ", part("kbd", "", "Y"), " ", list), part("div", "causes", ...chips, until, done));
  }

  const ending = (alarm) => part("div", "ending", part("b", "", `${A.clock(alarm.closed)} 关闭`), alarm.cause_word ? ` · ${alarm.cause_word}` : "", ...[["", alarm.note], ["措施：", alarm.measures], ["结果：", alarm.result]].filter(([, said]) => said).map(([name, said]) => part("p", "", name + said)));

  /** One click makes the alarm an incident; of one that is an incident already it leads there. */
  async function toIncident(made, alarm) {
    made.disabled = true;
    try {
      const answer = await fetch(`/incidents/from-alarm/${alarm.id}`, { method: "POST", credentials: "same-origin", headers: { Accept: "application/json" } });
      const found = await answer.json();
      if (!answer.ok) throw new Error(found.error || "没有转入，请稍后重试。");
      park.shell.show({ kind: "success", text: found.new ? `已转为突发事件 ${found.number}。` : `这条报警已经是突发事件 ${found.number}。` });
      park.shell.go(found.href);
    } catch (error) {
      park.shell.show({ kind: "error", text: error.message });
      made.disabled = false;
    }
  }

  function placeLinks(at, alarm) {
    const made = part("div", "place-links");
    const place = at.story && at.story.place;
    if (place && A.may("map")) made.append(attribute(part("a", "button", glyph("geo-alt"), "地图定位"), { "data-key": "map", href: `/map?sel=${encodeURIComponent(place)}` }));
    if (alarm.source_type === "vehicle" && A.may("vehicle")) made.append(attribute(part("a", "button", glyph("clock-history"), "轨迹回放"), { href: `/vehicles/replay?alarm=${alarm.id}`, title: "从报警前 5 分钟回放" }));
    const point = at.story && at.story.point;
    if (point && A.may("tank")) made.append(attribute(part("a", "button", glyph("graph-up"), "趋势"), { "data-key": "trend", href: `/tanks/trend?alarm=${alarm.id}`, title: "报警前后各一小时的曲线，可叠放、对比" }));
    const spot = at.story && at.story.spot;
    if (spot && A.may("emergency")) made.append(attribute(part("a", "button", glyph("life-preserver"), "周边资源"), { href: `/emergency/search?area=${spot.join(",")},${AROUND_M}`, title: "5 km 内的应急资源，由近到远" }));
    if (A.may("incident")) {
      const turn = button("button", [glyph("exclamation-octagon"), "转为突发事件"], () => toIncident(turn, alarm));
      made.append(attribute(turn, { title: "以此报警接报，进入处置台" }));
    }
    if (spot && A.may("video")) made.append(attribute(part("a", "button", glyph("camera-video"), "附近视频"), { href: `/video?near=${spot.join(",")}`, title: "最近的四个摄像机" }));
    return made.childElementCount ? made : null;
  }

  A.answers = { draw, note };
})();
