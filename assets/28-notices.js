/* Urgent notices: shown to whoever has the platform open, until they say 已收到, or 在岗 to 查岗.
 *
 * Asked for every few seconds, and at once by park.notices.check() when somebody knows that there is news. A critical alarm goes
 * first: while one waits for its answer the notice stands at the edge of the screen and lets everything behind it be used.
 */
(function () {
  "use strict";
  const park = (window.park = window.park || {});
  const EVERY_MS = 15000;
  const CRITICAL = 1;
  let shown = null; // {id, dialog}
  let asking = false;

  const isAlarmWaiting = () =>
    !!(park.live && park.live.present.alarms.some((alarm) => alarm.level === CRITICAL && alarm.state === "unacknowledged"));

  async function check() {
    if (asking || document.hidden) return;
    asking = true;
    try {
      const answer = await fetch("/messages/urgent", { credentials: "same-origin", headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) return;
      take(await answer.json());
    } catch (error) {
      /* asked again; the banner already says that the server does not answer */
    } finally {
      asking = false;
    }
  }

  function take(list) {
    if (shown && !list.some((one) => one.id === shown.id)) close(); // confirmed elsewhere, or taken back
    if (!shown && list.length) show(list[0], list.length);
    stand();
  }

  function show(one, number) {
    const element = park.shell.element;
    const yes = element("button", { type: "button", class: "button primary" }, one.button);
    const said = element("span", { class: "mistake", role: "alert" });
    const open = one.href ? element("a", { class: "button", href: one.href }, "查看全文") : "";
    const more = number > 1 ? element("span", { class: "cap" }, `还有 ${number - 1} 条紧急通知`) : "";
    const dialog = element(
      "dialog",
      { class: "urgent", "aria-label": one.head },
      element("header", {}, element("i", { class: "bi bi-megaphone-fill", "aria-hidden": "true" }), one.head, element("span", { class: "cap" }, one.at)),
      element("h2", {}, one.title),
      element("div", { class: "notice-body" }, one.body),
      element("footer", {}, yes, open, more, said),
    );
    dialog.addEventListener("cancel", (event) => event.preventDefault()); // Escape is no confirmation
    for (const name of ["keydown", "keyup"]) dialog.addEventListener(name, (event) => event.stopPropagation());
    const confirm = async () => {
      yes.disabled = true;
      said.textContent = "";
      try {
        const answer = await fetch(`/messages/${one.id}/confirm`, { method: "POST", credentials: "same-origin", headers: { Accept: "application/json" } });
        if (!answer.ok && answer.status !== 404) throw new Error(String(answer.status));
        close();
        check();
        return true;
      } catch (error) {
        said.textContent = "没有提交成功，请重试。";
        yes.disabled = false;
        return false;
      }
    };
    yes.addEventListener("click", confirm);
    if (open) open.addEventListener("click", async (event) => { event.preventDefault(); if (await confirm()) location.href = one.href; });
    document.body.append(dialog);
    shown = { id: one.id, dialog, modal: null };
  }

  /** In the middle, or at the edge while a critical alarm waits. */
  function stand() {
    if (!shown) return;
    const modal = !isAlarmWaiting();
    if (shown.modal === modal) return;
    const { dialog } = shown;
    if (dialog.open) dialog.close();
    dialog.classList.toggle("aside", !modal);
    if (modal) dialog.showModal();
    else dialog.show();
    shown.modal = modal;
  }

  function close() {
    if (!shown) return;
    shown.dialog.remove();
    shown = null;
  }

  park.notices = { check };
  setInterval(check, EVERY_MS);
  setInterval(stand, 500);
  document.addEventListener("visibilitychange", check);
  setTimeout(check, 1500);
})();
