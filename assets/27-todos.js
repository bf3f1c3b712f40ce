/* How many to-dos wait for the person: on the bell of the header and beside the ways to them. Asked for when the stream says that
   somebody took a step, when another page is opened, and every minute in case there is no stream. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const EVERY_MS = 60000;
  const GAP_MS = 1000; // one browser asks at most this often, however many people act
  const SPREAD_MS = 300; // a step is told to all browsers at once: they do not ask all at once
  const MOST = 99;
  const counted = (park.todos = { counts: null });
  let asked = 0;
  let waiting = 0;

  const number = (count) => (count > MOST ? `${MOST}+` : String(count));

  function words({ todo, overdue, copied }) {
    const parts = [todo ? `${todo} 件待办${overdue ? `，其中超期 ${overdue} 件` : ""}` : "没有待办事项", copied ? `未读抄送 ${copied} 件` : ""];
    return parts.filter(Boolean).join("，");
  }

  function draw() {
    const found = counted.counts;
    const bell = document.getElementById("head-todos");
    if (!found || !bell) return;
    const badge = bell.querySelector(".todo-count");
    badge.hidden = !found.todo;
    badge.textContent = found.todo ? number(found.todo) : "";
    bell.classList.toggle("overdue", found.overdue > 0);
    bell.title = words(found);
    bell.setAttribute("aria-label", bell.title);
    for (const link of document.querySelectorAll("a[data-todos]")) if (link.getAttribute("href") !== "/todos") link.removeAttribute("data-todos");
    for (const link of document.querySelectorAll('#side-menu a[href="/todos"], #phone-nav a[href="/todos"], #head-modules a[href="/todos"]')) {
      if (found.todo) link.dataset.todos = number(found.todo); else delete link.dataset.todos;
      link.classList.toggle("todos-overdue", found.overdue > 0);
    }
  }

  async function ask() {
    waiting = 0;
    if (document.hidden) return; // asked when the person looks again
    asked = Date.now();
    try {
      const answer = await fetch("/todos/count", { credentials: "same-origin", headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) return;
      const before = JSON.stringify(counted.counts);
      counted.counts = await answer.json();
      draw();
      if (before !== "null" && before !== JSON.stringify(counted.counts)) document.dispatchEvent(new CustomEvent("park:todos", { detail: counted.counts }));
    } catch (error) { /* the banner says that the server is away; the next minute asks again */ }
  }

  function soon() {
    if (!waiting) waiting = setTimeout(ask, Math.max(Math.random() * SPREAD_MS, asked + GAP_MS - Date.now()));
  }

  /** A list of to-dos that is on the screen is drawn anew where it stands. */
  document.addEventListener("park:todos", () => {
    const list = document.querySelector("[data-todo-list]");
    if (!list || list.contains(document.activeElement) && document.activeElement.matches("input,select")) return;
    window.dash_clientside.set_props({ t: "todo-news", k: list.dataset.todoList }, { data: { query: location.search, at: Date.now() } });
  });

  function start() {
    const bell = document.getElementById("head-todos");
    if (!bell || !park.live || !park.live.attach) { setTimeout(start, 100); return; }
    park.live.attach(bell, { todo: soon });
    document.addEventListener("park:page", () => { draw(); soon(); });
    document.addEventListener("visibilitychange", () => document.hidden || soon());
    setInterval(soon, EVERY_MS);
    soon();
  }
  start();
})();
