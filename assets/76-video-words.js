/* What to say in place of, or over, the picture of a camera: {icon, title, text, more, tone}; null where nothing stands in the way.
 * `known` is what the server knows of the camera (data.video.states). The panes of desks and those of walls say the same.
 */
(function () {
  "use strict";
  const park = window.park;
  const { draw } = park;
  const video = (park.video = park.video || {});
  const now = () => park.live.now();
  const SNAPSHOT_LATE = 3; // pauses after which a snapshot is old

  const words = (video.words = function ({ kind }, player, known) {
    if (!kind) return { icon: "camera-video-off", title: "未配置视频源", text: (known && known.reason) || "", tone: "unset" };
    if (kind === "picture") return picture(known);
    if (!player) return null;
    if (player.state === "unsupported") return { icon: "browser-chrome", title: "此浏览器不能播放", text: "请用 Chrome、Edge 142 以上版本或 Safari，或请系统管理员安装 hls.js", tone: "unset" };
    if (player.state === "connecting") return { icon: "camera-video", title: "正在连接", text: `${Math.max(0, Math.round((now() - player.since) / 1000))} 秒`, tone: "wait" };
    if (player.state === "stalled") return { icon: "pause-circle", title: `画面停更 ${draw.duration(now() - player.since)}`, text: `最后画面 ${draw.time(player.frameAt || player.since)}，正在重连`, tone: "stale" };
    return player.state === "dead" ? dead(player, known) : null;
  });

  function dead(player, known) {
    const since = known && known.state === "offline" && known.since ? Math.min(known.since, player.since) : player.since;
    const retry = Math.max(0, Math.ceil((player.retryAt - Date.now()) / 1000));
    return { icon: "camera-video-off", title: "无信号", text: `自 ${draw.time(since)} 起 · 已 ${draw.duration(now() - since)}`, more: [player.reason, retry ? `${retry} 秒后重试` : "正在重试"].filter(Boolean).join(" · "), tone: "dead" };
  }

  function picture(known) {
    if (known && known.pictured) return null;
    const isDead = Boolean(known) && known.state === "offline";
    return { icon: "image", title: isDead ? "无信号" : "等待抓拍", text: (known && (known.no_picture || known.reason)) || "该摄像机只有抓拍地址", tone: isDead ? "dead" : "wait" };
  }

  /** When the picture was taken, {text, isOld}: of a stream what the player knows, else of the newest snapshot. `every` is seconds between these. */
  words.time = function (player, known, every) {
    if (player) return { text: (player.state === "playing" || player.state === "stalled") && player.frameAt ? `${player.isExact ? "画面" : "接收"} ${draw.time(player.frameAt)}` : "", isOld: false };
    if (!known || !known.pictured) return { text: "", isOld: false };
    const isOld = now() - known.pictured > SNAPSHOT_LATE * 1000 * Math.max(60, every);
    return { text: `抓拍 ${draw.time(known.pictured)}${isOld ? "，已过期" : ""}`, isOld };
  };
})();
