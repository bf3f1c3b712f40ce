/* Plan pictures under the zones: each is turned, scaled and shifted so that two of its points lie where they are on the map. */
(function () {
  "use strict";
  const park = window.park;
  const L = window.L;
  const FROM_ZOOM = 14.5; // further out a plan is a smudge

  const Plan = L.Layer.extend({
    initialize(plan) { this.plan = plan; },

    onAdd(leaflet) {
      this.image = L.DomUtil.create("img", "risk-plan leaflet-zoom-hide", leaflet.getPane("risk-plans"));
      this.image.alt = this.plan.name;
      this.image.addEventListener("load", () => this._lay());
      this.image.src = this.plan.url;
      this._lay();
    },

    onRemove() { this.image.remove(); },

    getEvents() { return { zoom: this._lay, viewreset: this._lay }; },

    /** q = a p + b in complex numbers, by what the two points are here and there. */
    _lay() {
      const { naturalWidth: width, naturalHeight: height } = this.image;
      if (!width || !this._map) return;
      const [first, second] = this.plan.points.map(([x, y, lon, lat]) => {
        const at = this._map.latLngToLayerPoint([lat, lon]);
        return { px: x * width, py: y * height, qx: at.x, qy: at.y };
      });
      const [dx, dy, ex, ey] = [second.px - first.px, second.py - first.py, second.qx - first.qx, second.qy - first.qy];
      const size = dx * dx + dy * dy;
      const [re, im] = [(ex * dx + ey * dy) / size, (ey * dx - ex * dy) / size];
      this.image.style.transform = `matrix(${re},${im},${-im},${re},${first.qx - re * first.px + im * first.py},${first.qy - im * first.px - re * first.py})`;
    },
  });

  park.risk.Plan = Plan;

  /** Show the plans of the enterprise that is picked, as long as one is near enough. */
  park.risk.plans = function (view) {
    const leaflet = view.map;
    leaflet.createPane("risk-plans").style.zIndex = 410;
    const layers = view.definition.plans.map((plan) => ({ plan, layer: new Plan(plan) }));
    const look = () => {
      for (const { plan, layer } of layers) {
        const isShown = leaflet.getZoom() >= FROM_ZOOM && view.picked.firm === plan.enterprise_id;
        if (isShown) layer.addTo(leaflet); else layer.remove();
      }
    };
    leaflet.on("zoomend", look);
    return look;
  };
})();
