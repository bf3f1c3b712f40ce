/* Boxes to tick in groups: data-checks = {name, groups: [{title, items: [[code, word, ticked], …]}]}. Sends the codes under one name. */
(function () {
  "use strict";
  const { element } = (window.park = window.park || {}).shell;

  function draw(place, { name, groups }) {
    const none = element("input", { type: "hidden", name, value: "" }); // a form without a tick says so too
    place.replaceChildren(none, ...groups.map((group) => fieldset(name, group)));
  }

  function fieldset(name, group) {
    const boxes = group.items.map(([code, words, ticked]) => {
      const box = element("input", { type: "checkbox", name, value: code });
      box.checked = ticked;
      return element("label", {}, box, element("span", {}, words));
    });
    const all = element("button", { type: "button", class: "link" }, "全选");
    all.addEventListener("click", (event) => {
      const inputs = boxes.map((label) => label.firstElementChild);
      const tick = inputs.some((input) => !input.checked);
      inputs.forEach((input) => { input.checked = tick; });
      event.target.dispatchEvent(new Event("change", { bubbles: true }));
    });
    return element("fieldset", {}, element("legend", {}, `${group.title} `, all), element("div", { class: "boxes" }, ...boxes));
  }

  window.park.mount("data-checks", draw);
})();
