/* Live pictures on a wall: the cameras that the park chose for this screen, as large as their panel takes. What is played and what is said
 * where there is no picture is that of 实时视频 (76-video-player.js, 76-video-words.js); the wall's own doors give it these cameras only.
 */
(function () {
  "use strict";
  const park = window.park;
  const { screen, video } = park;
  const { el, put, dress, panels } = screen;
  const GAP = 8;
  const RATIO = 16 / 9;
  const shown = new URL(location.href).searchParams.get("token");
  const query = shown ? `?token=${encodeURIComponent(shown)}` : ""; // a player sends no header

  /** {columns, high} in which `count` pictures stand largest in that room; none is higher than its picture. */
  function arrangement(count, wide, high) {
    const tried = Array.from({ length: count }, (_, i) => {
      const [columns, rows] = [i + 1, Math.ceil(count / (i + 1))];
      return { columns, high: Math.floor(Math.min((high - GAP * (rows - 1)) / rows, (wide - GAP * (columns - 1)) / columns / RATIO)) };
    });
    return tried.reduce((best, one) => (one.high > best.high ? one : best));
  }

  /** One camera: {node, isPlaying(), renew(known), leave()}. */
  function pane(camera, door, every) {
    const [name, time, title, text] = [el("b", "screen-cut", camera.name), el("span", ""), el("b", ""), el("span", "")];
    const [picture, say] = [el("div", "screen-pane-picture"), el("div", "screen-pane-say", title, text)];
    const node = el("div", "screen-pane", picture, say, el("div", "screen-pane-foot", name, time));
    const player = camera.kind === "stream" ? video.player(picture, camera.key, { hls: screen.config.hls, name: camera.name, door, onChange: () => {} }) : null;
    let image = null;

    function draw(known) {
      if (camera.kind !== "picture" || !known || !known.picture) return;
      if (!image) { image = el("img", ""); image.alt = camera.name; picture.append(image); }
      const source = `${door("picture")}${query ? "&" : "?"}v=${known.picture}`;
      if (image.getAttribute("src") !== source) image.setAttribute("src", source);
    }

    return {
      node,
      isPlaying: () => node.dataset.state === "playing",
      renew(known) {
        const found = video.words(camera, player, known);
        const stood = video.words.time(player, known, every);
        node.dataset.state = found ? found.tone : stood.isOld ? "old" : "playing";
        say.hidden = !found;
        put(title, found ? found.title : "");
        put(text, found ? found.text : "");
        put(time, stood.text);
        draw(known);
      },
      leave() { if (player) player.destroy(); },
    };
  }

  const nobody = () => ({ node: el("div", "screen-pane none"), isPlaying: () => false, renew() {}, leave() {} });

  panels.video = function (facts) {
    const { node, body, note } = screen.panel("视频", "screen-video");
    const found = facts.video;
    if (!found) { // the preview of somebody who may not see video
      body.append(el("p", "screen-rest", "没有查看视频的权限"));
      return { node };
    }
    const name = screen.shown.name;
    const doorOf = (camera) => (what) => `/screen/${name}/video/${camera.key}/${what}${query}`;
    const panes = found.cameras.map((camera) => pane(camera, doorOf(camera), found.snapshotEvery));
    const rest = Array.from({ length: found.panes - panes.length }, nobody);
    const box = el("div", "screen-panes", ...[...panes, ...rest].map((one) => one.node));
    body.append(box);
    let known = {};

    function renew() {
      const { columns, high } = arrangement(found.panes, box.clientWidth, box.clientHeight);
      Object.assign(box.style, { gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, gridAutoRows: `${high}px` });
      dress(box, `screen-panes ${columns > 2 ? "small" : ""}`);
      panes.forEach((one, i) => one.renew(known[String(found.cameras[i].id)]));
      note(`${panes.filter((one) => one.isPlaying()).length}/${panes.length} 路有画面`);
    }
    return {
      node,
      tick: renew,
      figures(figures) { known = figures.video || {}; renew(); },
      leave() { for (const one of panes) one.leave(); },
    };
  };
})();
