/* Pages before the sign-in: show a password while it is typed, send a form once, reload after an error. */
(function () {
  "use strict";
  document.querySelectorAll(".eye").forEach(function (button) {
    button.addEventListener("click", function () {
      const input = button.parentElement.querySelector("input");
      const shown = input.type === "password";
      input.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", String(shown));
      button.title = shown ? "隐藏密码" : "显示密码";
      button.setAttribute("aria-label", button.title);
      input.focus();
    });
  });
  document.querySelectorAll("form[data-once]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      const empty = Array.from(form.querySelectorAll("input[required]")).find(function (input) { return !input.value; });
      if (empty) {
        event.preventDefault();
        empty.closest(".box").classList.add("bad");
        empty.focus();
        return;
      }
      form.querySelector(".go").disabled = true;
    });
    form.addEventListener("input", function (event) { event.target.closest(".box")?.classList.remove("bad"); });
  });
  /* Coming back with the browser's own button shows the form as it was left: it must be usable again. */
  window.addEventListener("pageshow", function () { document.querySelectorAll(".go").forEach(function (button) { button.disabled = false; }); });
  document.querySelectorAll("[data-reload]").forEach(function (button) { button.addEventListener("click", function () { location.reload(); }); });
})();
