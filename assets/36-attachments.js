/* Files of a record: dropped or chosen, sent one after the other with progress, listed, looked at in an overlay, taken off after a
   question. What the server answers is what is drawn. Routes: dashboard/attachments.py. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const { element: el, glyph } = park.inputs;
  const MARKS = { picture: "file-earmark-image", pdf: "file-earmark-pdf", video: "file-earmark-play", word: "file-earmark-word", sheet: "file-earmark-excel" };
  const LOOKED_AT = ["picture", "pdf", "video"];

  // What stands where files of an address are. A page drawn anew while one is on its way, or with an answer from before it came, keeps it.
  const boxes = new Map();
  const OUTRUN_MS = 10000;

  const button = (words, onClick, attributes) => {
    const made = el("button", { type: "button", class: "link", ...attributes }, words);
    made.addEventListener("click", onClick);
    return made;
  };

  function box(host, spec) {
    const count = el("small", {});
    host.replaceChildren(el("div", { class: "attach-label" }, el("b", { class: spec.required ? "must" : null }, spec.label), count));
    if (spec.later) { host.append(el("p", { class: "attach-none" }, glyph("info-circle"), `保存后可以上传${spec.label}。`)); return; }
    const before = boxes.get(spec.url);
    const state = before && (before.isBusy || Date.now() - before.answeredAt < OUTRUN_MS) ? before : { items: spec.items, waiting: [], isBusy: false, answeredAt: 0 };
    boxes.set(spec.url, Object.assign(state, { host, spec, count }));
    const input = el("input", { type: "file", multiple: true, accept: spec.accept, class: "attach-input", tabindex: "-1", "aria-label": `选择${spec.label}` });
    const choose = button("选择文件", () => input.click());
    const camera = el("input", { type: "file", accept: "image/*", capture: "environment", class: "attach-input", tabindex: "-1", "aria-label": `拍摄${spec.label}` });
    const shoot = button([glyph("camera"), "拍照"], () => camera.click(), { class: "link attach-camera" });
    state.drop = el("div", { class: `attach-drop${spec.wrong ? " wrong" : ""}` }, glyph("cloud-arrow-up"), el("span", {}, "拖到此处，或 ", choose, shoot), el("small", {}, `${spec.words}，单个不超过 ${spec.limit}，最多 ${spec.most} 个`), input, camera);
    state.list = el("ul", { class: "attach-list", "aria-label": spec.label });
    state.faults = el("div", { class: "attach-faults", role: "alert" });
    for (const one of [input, camera]) {
      one.addEventListener("change", (event) => { event.stopPropagation(); take(state, [...one.files]); one.value = ""; });
      one.addEventListener("input", (event) => event.stopPropagation());
    }
    drag(state);
    host.append(...(spec.may ? [state.drop, state.faults] : []), state.list);
    draw(state);
  }

  function drag(state) {
    const over = (event) => { event.preventDefault(); state.drop.classList.add("over"); };
    state.drop.addEventListener("dragenter", over);
    state.drop.addEventListener("dragover", over);
    state.drop.addEventListener("dragleave", (event) => { if (!state.drop.contains(event.relatedTarget)) state.drop.classList.remove("over"); });
    state.drop.addEventListener("drop", (event) => {
      event.preventDefault();
      state.drop.classList.remove("over");
      take(state, [...event.dataTransfer.files]);
    });
  }
  // A file that misses the area must not replace the page, and with it what was typed.
  for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => { if (document.querySelector("[data-attachments]") && [...(event.dataTransfer?.types || [])].includes("Files")) event.preventDefault(); });

  /* ---- The list ---------------------------------------------------------------------------------------------------- */

  function draw(state) {
    const rows = state.items.map((item) => row(state, item));
    const sent = state.waiting.map((each) => each.node);
    state.list.replaceChildren(...rows, ...sent);
    state.list.hidden = !state.list.children.length && state.spec.may;
    if (!state.list.children.length) state.list.append(el("li", { class: "attach-none" }, "还没有文件"));
    state.count.textContent = state.items.length ? `${state.items.length} / ${state.spec.most}` : "";
    if (state.drop) state.drop.hidden = state.items.length + state.waiting.length >= state.spec.most;
    state.host.dispatchEvent(new CustomEvent("park:attachments", { bubbles: true, detail: { slot: state.spec.slot, count: state.items.length } }));
  }

  function row(state, item) {
    const look = LOOKED_AT.includes(item.kind) ? button("预览", () => preview(state, item), { "aria-label": `预览 ${item.name}` }) : null;
    const face = item.kind === "picture" ? el("img", { src: `${item.url}?thumb=1`, alt: "", loading: "lazy", class: "attach-thumb" }) : el("span", { class: `attach-mark ${item.kind}` }, glyph(MARKS[item.kind]));
    return el("li", { "data-attachment": item.id }, face,
      el("span", { class: "attach-name", title: `${item.name}\n${item.who} 上传于 ${item.full}` }, el("span", {}, item.name), el("small", {}, `${item.who} ${item.at}`)),
      el("small", { class: "attach-size" }, item.size), look,
      el("a", { class: "link", href: `${item.url}?download=1`, download: item.name, "aria-label": `下载 ${item.name}` }, "下载"),
      state.spec.may ? button("删除", () => ask(state, item), { class: "link t-danger", "aria-label": `删除 ${item.name}` }) : null);
  }

  /* ---- Sending ----------------------------------------------------------------------------------------------------- */

  const megabytes = (bytes) => (bytes / 1024 / 1024).toFixed(1);

  function take(state, files) {
    state.faults.replaceChildren();
    for (const file of files) {
      if (state.items.length + state.waiting.length >= state.spec.most) { fault(state, `${state.spec.label}最多 ${state.spec.most} 个，“${file.name}”没有上传。`); continue; }
      if (file.size > state.spec.bytes) { fault(state, `“${file.name}”${megabytes(file.size)} MB，超过 ${state.spec.limit}，没有上传。`); continue; }
      const bar = el("progress", { max: 100, value: 0, "aria-label": `正在上传 ${file.name}` });
      const each = { file, bar, node: el("li", {}, el("span", { class: "attach-mark" }, glyph("cloud-arrow-up")), el("span", { class: "attach-name" }, file.name), bar) };
      state.waiting.push(each);
    }
    draw(state);
    next(state);
  }

  const fault = (state, words) => state.faults.append(el("p", { class: "mistake" }, glyph("exclamation-circle-fill"), words));

  /** One after the other: a park's uplink is thin, and the order of the files is the order in which they were chosen. */
  function next(state) {
    const each = state.waiting[0];
    if (!each || state.isBusy) return;
    state.isBusy = true;
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("file", each.file, each.file.name);
    request.open("POST", state.spec.url);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) each.bar.value = (event.loaded / event.total) * 100; });
    request.addEventListener("loadend", () => {
      const answer = answerOf(request);
      if (answer.items) answered(state, answer.items);
      else fault(state, answer.error);
      state.isBusy = false;
      state.waiting.shift();
      draw(state);
      next(state);
    });
    request.send(body);
  }

  const answered = (state, items) => Object.assign(state, { items, answeredAt: Date.now() });

  function answerOf(request) {
    try {
      const body = JSON.parse(request.responseText);
      return body.items ? body : { error: body.error || "没有上传成功，请重试。" };
    } catch (error) {
      return { error: request.status === 0 ? "网络中断，没有上传，请重试。" : request.status === 401 ? "登录已失效，请重新登录后再上传。" : "没有上传成功，请重试。" };
    }
  }

  /* ---- Looking and taking off -------------------------------------------------------------------------------------- */

  /** A dialog over everything; its keys are not the page's. */
  function dialog(look, label, ...children) {
    const made = el("dialog", { class: look, "aria-label": label }, ...children);
    const from = document.activeElement;
    made.addEventListener("keydown", (event) => event.stopPropagation());
    made.addEventListener("click", (event) => { if (event.target === made) made.close(); });
    made.addEventListener("close", () => { made.remove(); if (from && from.isConnected) from.focus(); });
    document.body.append(made);
    made.showModal();
    return made;
  }

  function preview(state, first) {
    const seen = state.items.filter((item) => LOOKED_AT.includes(item.kind));
    let at = seen.indexOf(first);
    const name = el("b", {});
    const stage = el("div", { class: "preview-stage" });
    const load = el("a", { class: "button small" }, glyph("download"), "下载");
    const step = (by, mark, words) => {
      const made = el("button", { type: "button", class: "button square", title: words, "aria-label": words }, glyph(mark));
      made.addEventListener("click", () => show(at + by));
      return made;
    };
    const back = step(-1, "chevron-left", "上一个");
    const on = step(1, "chevron-right", "下一个");
    const shut = el("button", { type: "button", class: "button square", title: "关闭", "aria-label": "关闭" }, glyph("x-lg"));
    const view = dialog("preview", "预览", el("header", {}, name, el("span", { class: "row-line end" }, load, back, on, shut)), stage);
    shut.addEventListener("click", () => view.close());
    view.addEventListener("keydown", (event) => { if (event.key === "ArrowLeft") show(at - 1); if (event.key === "ArrowRight") show(at + 1); });

    function show(wanted) {
      if (!seen[wanted]) return;
      at = wanted;
      const item = seen[at];
      name.textContent = item.name;
      load.href = `${item.url}?download=1`;
      load.setAttribute("download", item.name);
      back.disabled = at === 0;
      on.disabled = at === seen.length - 1;
      stage.replaceChildren(faceOf(item));
    }
    show(at);
  }

  function faceOf(item) {
    if (item.kind === "picture") return el("img", { src: item.url, alt: item.name });
    if (item.kind === "video") return el("video", { src: item.url, controls: true });
    // Browsers of most phones have no viewer for a PDF inside a page.
    if (navigator.pdfViewerEnabled === false) return el("a", { class: "button primary", href: item.url, target: "_blank", rel: "noopener" }, glyph("file-earmark-pdf"), "打开 PDF");
    return el("iframe", { src: item.url, title: item.name });
  }

  function ask(state, item) {
    const reason = el("input", { class: "input", maxlength: 200, "aria-label": "删除原因", placeholder: "删除原因，可不填" });
    const said = el("p", { class: "mistake", role: "alert" });
    const yes = el("button", { type: "submit", class: "button danger" }, "删除");
    const no = el("button", { type: "button", class: "button" }, "取消");
    const form = el("form", { method: "dialog" }, el("b", {}, `删除“${item.name}”？`), el("p", {}, "删除后不再显示，谁在何时删除记入变更记录。"), reason, said, el("div", { class: "row-line" }, yes, no));
    const view = dialog("ask", "删除附件", form);
    no.addEventListener("click", () => view.close());
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      event.stopPropagation();
      yes.disabled = true;
      try {
        const answer = await fetch(`${item.url}/delete`, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams({ reason: reason.value }) });
        const body = await answer.json().catch(() => ({}));
        if (!body.items) throw new Error(body.error);
        answered(state, body.items);
        view.close();
        draw(state);
      } catch (error) {
        said.textContent = error.message || "没有删除，请重试。";
        yes.disabled = false;
      }
    });
    reason.focus();
  }

  park.mount("data-attachments", box);
})();
