/* 报警中心 on a phone: the first thing that waits, as a card with one big button. */
(function () {
  "use strict";
  const park = window.park;
  const A = park.alarms;
  const D = (A.desk = A.desk || {});
  const { part, put, attribute, button, glyph } = A.dom;

  /* ---- Phone: the first thing that waits ---------------------------------------------------------------------------- */

  function drawHero(alarms) {
    const first = D.isHistory() ? undefined : alarms.find((alarm) => alarm.state === "unacknowledged" && alarm.level <= 2);
    D.at.hero.hidden = !first;
    for (const row of D.at.root.querySelectorAll(".alarm-row.in-hero")) row.classList.remove("in-hero");
    if (!first) return;
    const row = D.at.root.querySelector(`.alarm-row[data-id="${first.id}"]`);
    if (row) row.classList.add("in-hero");
    const look = D.lookOf(first);
    if (look !== D.at.heroLook) {
      D.at.heroLook = look;
      D.at.hero.className = `hero l${first.level}`;
      D.at.heroAge = part("b", "hero-age");
      D.at.heroValue = part("b", "hero-value");
      const phone = D.at.phones[first.enterprise_id];
      const words = part("div", "grow", part("b", "hero-title", A.title(first)), part("div", "hero-place", first.place, A.simulatedMark(first)));
      D.at.hero.replaceChildren(
        part("div", "hero-line", A.symbol(first, 44, { inverted: first.level === 1 }), words),
        part("div", "hero-line", D.at.heroValue, part("span", "grow", A.limitText(first)), D.at.heroAge),
        part("div", "hero-line buttons", A.may("acknowledge") ? A.confirmButton(first, "hero-confirm") : null,
          phone ? attribute(part("a", "hero-call", glyph("telephone"), "企业"), { href: `tel:${phone}`, "data-plain": "1" }) : null,
          button("hero-call", "详情", () => D.pick(first.id))));
    }
    D.at.heroShown = first;
    tickHero();
  }

  function tickHero() {
    if (D.at.hero.hidden || !D.at.heroShown) return;
    put(D.at.heroAge, A.age(D.at.heroShown));
    put(D.at.heroValue, A.valueText(D.at.heroShown, D.period(D.at.heroShown)));
  }

  Object.assign(D, { drawHero, tickHero });
})();
