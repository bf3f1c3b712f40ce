/* Switches in a form: data-switch = {name, on, words, partner}. Sends 0, or 0,1 when it is on. What is off turns its partner off. */
(function () {
  "use strict";
  const park = window.park;
  const { element: el } = park.inputs;

  park.mount("data-switch", (place, spec) => {
    const box = el("input", { type: "checkbox", role: "switch", name: spec.name, value: "1", class: "switch", "aria-label": spec.words });
    box.checked = spec.on;
    place.replaceChildren(el("input", { type: "hidden", name: spec.name, value: "0" }), box);
    const partner = () => spec.partner && place.closest("form").querySelector(`input.switch[name="${spec.partner}"]`);
    const follow = () => {
      const other = partner();
      if (!other) return;
      if (!box.checked) other.checked = false;
      other.disabled = !box.checked;
      other.title = box.checked ? "" : "不显示的信息项不能设为应填";
    };
    box.addEventListener("change", follow);
    requestAnimationFrame(follow); // the partner is drawn after this one
  });
})();
