/* The modules that do not fit into the top bar stand under 更多. */
(() => {
  "use strict";

  const NAMES = { bar: "head-modules", more: "head-more" };

  /** Show the modules that fit and list the rest; the links stay where the server drew them, the menu only leads to them. */
  function fit() {
    const bar = document.getElementById(NAMES.bar), more = document.getElementById(NAMES.more);
    if (!bar || !more) return;
    const links = [...bar.querySelectorAll("a")];
    more.classList.remove("needed");
    links.forEach((link) => delete link.dataset.over);
    if (bar.scrollWidth <= bar.clientWidth) return more.replaceChildren();
    more.classList.add("needed");
    const end = bar.getBoundingClientRect().right + 1;
    const over = links.filter((link) => link.getBoundingClientRect().right > end);
    over.forEach((link) => { link.dataset.over = "1"; });
    more.replaceChildren(menu(over));
  }

  function menu(links) {
    const details = document.createElement("details"), summary = document.createElement("summary"), list = document.createElement("div");
    details.className = "more";
    const current = links.find((link) => link.classList.contains("on"));
    summary.textContent = current ? current.textContent : "更多";
    summary.classList.toggle("on", Boolean(current));
    summary.insertAdjacentHTML("beforeend", '<i class="bi bi-chevron-down" aria-hidden="true"></i>');
    list.className = "menu";
    for (const link of links) {
      const line = document.createElement("a");
      line.href = link.getAttribute("href");
      line.textContent = link.textContent;
      if (link === current) line.setAttribute("aria-current", "page");
      list.append(line);
    }
    details.append(summary, list);
    return details;
  }

  let waiting = 0;
  const soon = () => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(fit); };

  /* The bar is drawn anew with every page; what else stands in the header decides how much room it has. */
  function watch() {
    const bar = document.getElementById(NAMES.bar);
    if (!bar) return setTimeout(watch, 100);
    new MutationObserver(soon).observe(bar, { childList: true, subtree: true, characterData: true });
    const size = new ResizeObserver(soon);
    [bar, bar.parentElement, ...bar.parentElement.querySelectorAll(".tools > *")].forEach((part) => size.observe(part));
    soon();
  }
  watch();
})();
