/* Fields that follow another one. A control of the kind "by" offers the choices of what the field that rules it holds, and goes with
   them where there are none. data-when = {name, values}: the field is shown only while the other one holds one of the values. */
(function () {
  "use strict";
  const park = window.park;
  const { kinds } = park.inputs;

  const held = (form, name) => { const input = form && form.querySelector(`[name="${name}"]`); return input ? input.value : ""; };
  const place = (host) => host.closest(".f") || host;

  kinds.by = function (spec, host) {
    const choices = spec.sets[held(host.closest("form"), spec.by)] || [];
    place(host).hidden = !choices.length;
    return kinds.select({ ...spec, choices, text: choices.some(([code]) => code === spec.text) ? spec.text : "" });
  };

  function follow(form, name) {
    for (const host of form.querySelectorAll(".control-by")) {
      if (host.parkSpec.by !== name) continue;
      const input = host.querySelector(`[name="${host.parkSpec.name}"]`);
      park.inputs.draw(host, { ...host.parkSpec, text: input ? input.value : host.parkSpec.text });
    }
    for (const one of form.querySelectorAll("[data-when]")) show(one);
  }

  function show(one) {
    const { name, values } = JSON.parse(one.dataset.when);
    one.hidden = !values.includes(held(one.closest("form"), name));
  }

  document.addEventListener("change", (event) => {
    const form = event.target.name && event.target.closest("form");
    if (form) follow(form, event.target.name);
  });
  document.addEventListener("park:filled", (event) => { for (const one of event.target.querySelectorAll("[data-when]")) show(one); });
  park.mount("data-when", (one) => requestAnimationFrame(() => show(one))); // the field that it follows may be drawn after it
})();
