/* Background tasks as a calm box among the messages: bar, how far, 取消; the file is fetched when it is there, an error stays.
   The box lives in the frame, so it outlives a change of page; after a reload the tasks of this tab are followed again. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const EVERY_MS = 700;
  const LOST_MS = 60000; // a server that restarts comes back within this time
  const KEY = "park.tasks";
  const running = new Map();
  const number = (value) => Number(value || 0).toLocaleString("zh-CN");
  const element = (...parts) => park.shell.element(...parts);
  const glyph = (name) => element("i", { class: `bi bi-${name}`, "aria-hidden": "true" });

  const kept = {
    all() { try { return JSON.parse(sessionStorage.getItem(KEY) || "[]"); } catch (error) { return []; } },
    put(list) { try { sessionStorage.setItem(KEY, JSON.stringify(list)); } catch (error) { /* not followed after a reload */ } },
  };

  /** The server's answer as an object; an Error with its words when it refuses. */
  async function ask(path, options) {
    const response = await fetch(path, { headers: { Accept: "application/json" }, credentials: "same-origin", ...options });
    let body = null;
    try { body = await response.json(); } catch (error) { /* a page instead of JSON */ }
    if (response.ok && body && !response.redirected) return body;
    const refused = new Error((body && (body.error || body.message)) || `服务器没有完成请求（${response.status}）。`);
    refused.status = response.status;
    throw refused;
  }

  /** Follow task ``id`` in a box titled ``title``; ``done`` is called with its last state, however it ended. */
  function follow(id, { title = "后台任务", done = null, quiet = false, resumed = false } = {}) {
    id = Number(id);
    if (running.has(id)) { if (done) running.get(id).then.push(done); return; }
    const area = document.getElementById("messages");
    if (!area) { setTimeout(() => follow(id, { title, done, quiet, resumed }), 200); return; }
    const bar = element("progress", { class: "task-bar", "aria-label": title });
    const words = element("span", { class: "task-words" }, "排队中");
    const stop = element("button", { class: "task-stop", type: "button" }, "取消");
    const box = element("div", { class: "message task-box", role: "status", "data-task": id }, glyph("hourglass-split"),
      element("div", { class: "task-body" }, element("b", {}, title), bar, element("div", { class: "task-line" }, words, stop)));
    const job = { id, title, box, bar, words, stop, quiet, resumed, then: done ? [done] : [], lostAt: 0 };
    stop.addEventListener("click", () => cancel(job));
    running.set(id, job);
    kept.put([...kept.all().filter((one) => one.id !== id), { id, title }]);
    area.append(box);
    look(job);
  }

  async function look(job) {
    let state;
    try {
      state = await ask(`/tasks/${job.id}`);
      job.lostAt = 0;
    } catch (error) {
      job.lostAt = job.lostAt || Date.now();
      if (error.status === 404 && job.resumed) return forget(job); // somebody else signed in here, or it was cleared away
      if (error.status === 404) return end(job, { state: "failed", message: error.message });
      if (Date.now() - job.lostAt < LOST_MS) { setTimeout(() => look(job), 2000); return; }
      return end(job, { state: "failed", message: "连不上服务器，任务仍在后台进行，请稍后刷新页面查看。" });
    }
    if (state.state !== "waiting" && state.state !== "running") return end(job, state);
    if (state.total) { job.bar.max = state.total; job.bar.value = state.done; } else job.bar.removeAttribute("value");
    job.words.textContent = state.state === "waiting" ? "排队中" : state.total ? `已处理 ${number(state.done)} / ${number(state.total)}` : state.done ? `已处理 ${number(state.done)} 行` : "正在进行";
    setTimeout(() => look(job), EVERY_MS);
  }

  async function cancel(job) {
    job.stop.disabled = true;
    try { await ask(`/tasks/${job.id}/cancel`, { method: "POST" }); } catch (error) { job.stop.disabled = false; park.shell.show({ kind: "warning", text: error.message }); }
  }

  function forget(job) {
    running.delete(job.id);
    kept.put(kept.all().filter((one) => one.id !== job.id));
    job.box.remove();
  }

  function end(job, state) {
    forget(job);
    if (state.state === "done") {
      if (state.file) download(state.file, state.name);
      if (!job.quiet) park.shell.show({ kind: "success", text: state.message || `${job.title}：已完成` });
    } else if (state.state === "cancelled") park.shell.show({ kind: "info", text: `${job.title}：已取消` });
    else failed(job, state);
    job.then.forEach((one) => one(state));
  }

  /** The error stays until it is closed; a task that may be done again offers it. */
  function failed(job, state) {
    park.shell.show({ kind: "error", text: `${job.title}：${state.message || "没有完成"}` });
    const shown = document.querySelector("#messages .message.error:last-child");
    if (!shown || !state.id) return;
    const again = element("button", { class: "task-again", type: "button" }, "重做");
    again.addEventListener("click", async () => {
      shown.remove();
      try {
        const made = await ask(`/tasks/${state.id}/repeat`, { method: "POST" });
        follow(made.id, { title: job.title, done: (last) => job.then.forEach((one) => one(last)) });
      } catch (error) { park.shell.show({ kind: "error", text: error.message }); }
    });
    shown.insertBefore(again, shown.querySelector(".message-close"));
  }

  function download(path, name) {
    const link = element("a", { href: path, download: name || "", "data-plain": "1", hidden: "" });
    document.body.append(link);
    link.click();
    link.remove();
  }

  park.tasks = { follow, ask, download };
  kept.all().forEach((one) => follow(one.id, { title: one.title, resumed: true }));
})();
