/* The import page: choosing or dropping a file, following its check, 确认导入, 撤销本批, 下载错误清单. Routes: dashboard/import_answers.py. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const page = () => document.querySelector(".import-page[data-import]");
  const say = (kind, text) => park.shell.show({ kind, text });
  const here = (path, query) => park.shell.go(path + (query ? `?${query}` : ""));

  /* ---- Upload ----------------------------------------------------------------------------------------------------- */

  function choose() {
    const input = park.shell.element("input", { type: "file", accept: ".xlsx,.xls" });
    input.addEventListener("change", () => { if (input.files[0]) upload(input.files[0]); });
    input.click();
  }

  /** Send the file; the check runs in the background, and its result opens here when the person is still here. */
  function upload(file) {
    const root = page();
    if (!root || root.dataset.busy) return;
    if (!/\.xlsx?$/i.test(file.name)) { say("error", "仅支持 xlsx、xls 格式的文件。"); return; }
    if (file.size > Number(root.dataset.most)) { say("error", `文件超过 ${Math.round(root.dataset.most / 1048576)} MB，请分成几个文件上传。`); return; }
    const form = new FormData();
    form.append("file", file, file.name);
    root.dataset.busy = "1";
    const sent = root.querySelector(".import-sent");
    const path = location.pathname;
    const request = new XMLHttpRequest(); // fetch does not say how far an upload is
    request.open("POST", `/imports/${encodeURIComponent(root.dataset.import)}/upload`);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => { if (sent && event.lengthComputable) sent.textContent = `正在上传 ${file.name}，${Math.round((event.loaded / event.total) * 100)} %`; });
    request.addEventListener("loadend", () => {
      delete root.dataset.busy;
      if (sent) sent.textContent = "";
      if (request.status === 401) { location.href = "/login?next=" + encodeURIComponent(location.pathname + location.search); return; }
      const answer = request.response || {};
      if (request.status !== 200) { say("error", answer.error || (request.status ? `文件没有上传成功（${request.status}）。` : "连不上服务器，文件没有上传。")); return; }
      checked(answer.task, answer.title, path, answer.batch);
    });
    request.send(form);
  }

  function checked(task, title, path, batch) {
    park.tasks.follow(task, { title, quiet: true, done: (state) => {
      if (location.pathname === path) here(path, `batch=${batch}&at=${state.id || task}`);
      else if (state.state === "done") say("info", `${title}：${state.message}`);
    } });
  }

  document.addEventListener("click", (event) => { if (event.target.closest && event.target.closest(".import-drop")) choose(); });
  document.addEventListener("keydown", (event) => {
    if ((event.key === "Enter" || event.key === " ") && event.target.classList && event.target.classList.contains("import-drop")) { event.preventDefault(); choose(); }
  });
  const zone = (event) => event.target.closest && event.target.closest(".import-drop");
  document.addEventListener("dragover", (event) => {
    if (!page() || !event.dataTransfer || ![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault(); // else a file that misses the area replaces the page
    if (zone(event)) zone(event).classList.add("over");
  });
  document.addEventListener("dragleave", (event) => { if (zone(event)) zone(event).classList.remove("over"); });
  document.addEventListener("drop", (event) => {
    if (!page() || !event.dataTransfer || !event.dataTransfer.files.length) return;
    event.preventDefault();
    const area = zone(event);
    if (!area) return;
    area.classList.remove("over");
    upload(event.dataTransfer.files[0]);
  });

  /* ---- What is done with a batch ---------------------------------------------------------------------------------- */

  async function act(button, what, batch, body) {
    const path = location.pathname;
    const title = button.dataset.title;
    button.disabled = true;
    try {
      const options = { method: "POST", headers: { Accept: "application/json", "Content-Type": "application/json" }, body: JSON.stringify(body || {}) };
      const task = await park.tasks.ask(`/imports/${batch}/${what}`, options);
      park.tasks.follow(task.id, { title, done: (state) => {
        button.disabled = false;
        if (what !== "errors" && location.pathname === path) here(path, `batch=${batch}&at=${state.id || task.id}`);
      } });
    } catch (error) {
      button.disabled = false;
      if (error.status !== 403) say("error", error.message); // a refusal is shown by the frame
    }
  }

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest && event.target.closest(selector);
    const doing = at("[data-import-do]");
    if (doing) act(doing, doing.dataset.importDo, doing.dataset.batch);
    if (at("[data-import-again]")) here(location.pathname);
    const open = document.querySelector("details.import-more[open]");
    if (open && !open.contains(event.target)) open.removeAttribute("open");
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset || !form.dataset.importUndo) return;
    event.preventDefault();
    const reason = String(new FormData(form).get("reason") || "").trim();
    if (!reason) { say("error", "请填写撤销原因。"); return; }
    const button = form.querySelector("button[type=submit]");
    button.dataset.title = form.dataset.title;
    act(button, "undo", form.dataset.importUndo, { reason });
  });

  /* A page that is opened while its file is being checked waits for it. */
  document.addEventListener("park:page", () => requestAnimationFrame(() => {
    const waiting = document.querySelector(".import-page [data-import-task]");
    const batch = new URLSearchParams(location.search).get("batch");
    if (waiting && batch) checked(Number(waiting.dataset.importTask), waiting.dataset.title, location.pathname, batch);
  }));
})();
