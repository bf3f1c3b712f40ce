/* The part of a vehicle's card that speaks with its terminal: buttons and forms of commands, their record with states that move,
 * and the pictures that came. The server is asked anew whenever the stream says that something moved. */
(function () {
  "use strict";
  const park = window.park;
  const map = park.map;
  const el = map.element;
  const pages = window.dash_clientside.park_pages;
  const vehicles = park.vehicles;
  const POLL_MS = 3000; // without a stream
  const TONES = { ok: "green", warn: "orange", danger: "red", primary: "blue", stale: "", "": "" };
  let open = null; // the card that is on the screen; answers from the server find it here

  const set = (id, data) => window.dash_clientside.set_props(id, { data: { ...data, key: Date.now() } });

  /* ---- Form -------------------------------------------------------------------------------------------------------------- */

  function control(field, id) {
    if (field.kind === "choice") {
      const made = el("select", "form-select");
      if (!field.begins) made.append(new Option(field.required ? "请选择" : "不修改", ""));
      for (const [code, words] of field.choices) made.append(new Option(words, code, code === field.begins, code === field.begins));
      return made;
    }
    const made = el(field.kind === "long" ? "textarea" : "input", "form-control");
    if (field.kind === "check") {
      made.type = "checkbox";
      made.className = "";
      made.checked = field.begins === "1";
    } else if (field.kind === "long") {
      made.rows = 3;
    } else {
      made.type = "text";
      made.autocomplete = "off";
      if (field.kind === "number") made.inputMode = "numeric";
    }
    if (field.kind !== "check") made.value = field.begins;
    if (field.most) made.maxLength = field.most;
    made.id = id;
    return made;
  }

  function line(field) {
    const id = `command-${field.name}`;
    const input = control(field, id);
    input.id = id;
    input.name = field.name;
    const fault = el("p", "command-fault");
    fault.id = `${id}-fault`;
    input.setAttribute("aria-describedby", fault.id);
    const label = el("label", "", field.label, field.required && field.kind !== "check" && el("span", "command-star", " *"));
    label.htmlFor = id;
    const range = field.kind === "number" && field.high ? `${park.draw.number(field.low, 0)}–${park.draw.number(field.high, 0)}` : "";
    const help = el("small", "muted", [range, field.unit, field.help].filter(Boolean).join(" · "));
    const node = field.kind === "check"
      ? el("div", "command-field check", input, label, fault)
      : el("div", "command-field", label, input, help.textContent && help, fault);
    return {
      name: field.name, node, input,
      text: () => (field.kind === "check" ? (input.checked ? "1" : "") : input.value),
      tell(words) {
        fault.textContent = words || "";
        node.classList.toggle("wrong", Boolean(words));
        input.setAttribute("aria-invalid", String(Boolean(words)));
      },
    };
  }

  function form(box, kind) {
    const lines = kind.fields.map(line);
    const send = el("button", `map-button command-send${kind.code === "control" ? " danger" : ""}`, map.glyph("send"), kind.code === "control" ? "执行" : "发送");
    send.type = "submit";
    const close = map.button("map-button", "", () => box.show(null), "取消");
    const waits = kind.is_once ? `终端离线时保留 ${kind.keep}，只发送一次。` : `终端离线时保留 ${kind.keep}，上线后自动发送。`;
    const node = el("form", "command-form", el("b", "", kind.title), el("p", "muted", kind.note ? `${kind.note}${waits}` : waits), ...lines.map((one) => one.node), el("div", "map-buttons-row", send, close));
    node.noValidate = true;
    node.addEventListener("submit", (event) => {
      event.preventDefault();
      if (send.disabled) return;
      send.disabled = true;
      set("vehicles-commands-ask", { id: box.car.id, kind: kind.code, texts: Object.fromEntries(lines.map((one) => [one.name, one.text()])) });
    });
    return {
      node,
      focus: () => (lines.length ? lines[0].input : send).focus({ preventScroll: false }),
      told(answer) {
        send.disabled = false;
        for (const one of lines) one.tell(answer.faults[one.name]);
        const first = lines.find((one) => answer.faults[one.name]);
        if (first) first.input.focus();
      },
    };
  }

  /* ---- Record and pictures --------------------------------------------------------------------------------------------- */

  function row(command) {
    const more = command.details.length > 0 && el("details", "", el("summary", "", `应答内容 ${command.details.length} 项`),
      el("dl", "map-facts command-details", ...command.details.flatMap(([name, value]) => [el("dt", "", name), el("dd", "", value)])));
    const cancel = command.can_cancel && map.button("map-button small", "终端上线前撤销", (event, button) => { button.disabled = true; set("vehicles-commands-cancel", { id: command.id }); }, "撤销");
    const node = el("li", "command-row",
      el("div", "command-head", el("b", "", command.title), el("span", `tag ${TONES[command.tone] || ""}`.trim(), command.word), el("span", "muted command-when", `${command.who} ${command.at}`), cancel),
      el("p", "command-text", command.text),
      command.result && el("p", "command-result", command.result),
      command.until && el("p", "muted", `有效期至 ${command.until}`), more);
    node.dataset.command = command.id;
    node.dataset.state = command.state;
    return node;
  }

  function picture(one) {
    const image = el("img", "");
    image.src = `${one.url}?thumb=1`;
    image.alt = `${one.at} ${one.words}`;
    image.loading = "lazy";
    const link = el("a", "command-picture", image, el("span", "", one.at), el("small", "muted", one.words));
    link.href = one.url;
    link.target = "_blank";
    link.rel = "noopener";
    return link;
  }

  /** Buttons that open 指令 and 照片 of one vehicle, and what they open. */
  vehicles.commands = function (definition, car) {
    const body = el("div", "command-body");
    const list = el("ul", "command-list");
    const box = { car, view: "", form: null, drawn: "", news: null };
    const tabs = new Map([["commands", "指令"], ["pictures", "照片"]].map(([view, words]) => [view, map.button("", `${car.plate} 的${words}`, () => turn(box.view === view ? "" : view), words)]));
    const kinds = new Map(definition.kinds.map((kind) => [kind.code, map.button("map-button small", "", () => choose(kind), map.glyph(kind.icon), kind.title)]));
    const place = el("div", "");
    const all = map.cardLink(`/vehicles/commands?q=${encodeURIComponent(car.plate)}`, "list-ul", "全部指令记录", "small");
    const more = map.cardLink(`/vehicles/pictures?q=${encodeURIComponent(car.plate)}`, "images", "全部照片", "small");

    const ask = () => set("vehicles-commands-wish", { id: car.id });

    function turn(view) {
      box.view = view;
      for (const [key, button] of tabs) { button.classList.toggle("on", key === view); button.setAttribute("aria-pressed", String(key === view)); }
      box.drawn = "";
      if (!view) { body.replaceChildren(); return; }
      const buttons = kinds.size ? el("div", "map-buttons-row", ...kinds.values()) : el("p", "muted", "没有“向车辆下发指令”权限，只能查看记录。");
      body.replaceChildren(...(view === "commands" ? [buttons, place, list, el("div", "map-buttons-row", all)] : [el("div", "command-pictures"), el("div", "map-buttons-row", more)]));
      draw();
      ask();
    }

    box.show = function (kind) {
      for (const [code, button] of kinds) button.classList.toggle("on", Boolean(kind) && code === kind.code);
      box.form = kind ? form(box, kind) : null;
      place.replaceChildren(...(box.form ? [box.form.node] : []));
      if (box.form) box.form.focus();
    };

    function choose(kind) {
      if (!kind.fields.length) { box.show(null); set("vehicles-commands-ask", { id: car.id, kind: kind.code, texts: {} }); }
      else box.show(box.form && kinds.get(kind.code).classList.contains("on") ? null : kind);
    }

    function draw() {
      const { news } = box;
      if (!news || !box.view) return;
      const shown = JSON.stringify(news[box.view]);
      if (shown === box.drawn) return;
      box.drawn = shown;
      if (box.view === "commands") {
        const unfolded = new Set([...list.querySelectorAll("details[open]")].map((one) => one.closest("li").dataset.command));
        list.replaceChildren(...(news.commands.length ? news.commands.map(row) : [el("li", "muted", "还没有下发过指令")]));
        for (const one of list.querySelectorAll("details")) one.open = unfolded.has(one.closest("li").dataset.command);
      } else {
        body.firstElementChild.replaceChildren(...(news.pictures.length ? news.pictures.map(picture) : [el("p", "muted", "还没有照片，可在“指令”中拍照")]));
      }
    }

    box.take = function (news) { box.news = news; draw(); };
    box.told = function (answer) {
      if (answer.text) { // what belongs to no field is said by the page's own messages
        if (box.form) box.form.told(answer);
      } else {
        box.show(null);
        ask();
      }
    };
    const node = el("div", "command-box", el("div", "track-hours", el("span", "muted", "终端"), ...tabs.values()), body);
    let polled = 0;
    park.live.attach(node, {
      commands: () => box.view && ask(),
      tick: () => {
        if (box.view && park.live.status.mode !== "push" && Date.now() - polled > POLL_MS) { polled = Date.now(); ask(); }
      },
    });
    open = box;
    return { node, turn };
  };

  pages.vehicle_commands = function (news) {
    if (news && open && open.car.id === news.id) open.take(news);
  };
  pages.vehicle_command_told = function (answer) {
    if (answer && open && open.car.id === answer.id) open.told(answer);
  };
})();
