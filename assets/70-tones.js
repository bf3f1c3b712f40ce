/* The tones of alarms: 紧急 three short ones every 4 s, 重要 one every 15 s, 一般 once, a low one each minute without data.
   Who hears which of them, and until when they are silent, is decided by 71-sound.js for desks and by 81-screen-wall.js for walls. */
(function () {
  "use strict";
  const park = (window.park = window.park || {});

  /* Seconds; tones are [start, length, hertz]. A pattern that repeats is a buffer that loops: timers of hidden tabs run late. */
  const PATTERNS = {
    urgent: { length: 4, repeats: true, tones: [[0, 0.16, 880], [0.28, 0.16, 880], [0.56, 0.16, 880]] },
    major: { length: 15, repeats: true, tones: [[0, 0.35, 660]] },
    minor: { length: 1, repeats: false, tones: [[0, 0.3, 520]] },
    lost: { length: 60, repeats: true, tones: [[0, 0.6, 220]] },
  };
  let audio = null;
  let playing = { name: "", source: null };

  function buffer(pattern) {
    const rate = audio.sampleRate;
    const made = audio.createBuffer(1, Math.round(pattern.length * rate), rate);
    const samples = made.getChannelData(0);
    for (const [start, length, hertz] of pattern.tones) {
      const first = Math.round(start * rate);
      const count = Math.round(length * rate);
      for (let i = 0; i < count; i += 1) {
        // 10 ms of rise and fall: a tone cut off hard clicks.
        const edge = Math.min(1, i / (0.01 * rate), (count - i) / (0.01 * rate));
        const angle = (2 * Math.PI * hertz * i) / rate;
        samples[first + i] = 0.28 * edge * (Math.sin(angle) + 0.35 * Math.sin(2 * angle));
      }
    }
    return made;
  }

  /** Play a pattern once through, whatever else sounds. */
  function play(name) {
    const pattern = PATTERNS[name];
    const source = audio.createBufferSource();
    pattern.buffer = pattern.buffer || buffer(pattern);
    source.buffer = pattern.buffer;
    source.loop = pattern.repeats;
    source.connect(audio.destination);
    source.start();
    return source;
  }

  /** Sound this pattern from now on; "" is silence. */
  function sound(name) {
    if (playing.name === name) return;
    if (playing.source) playing.source.stop();
    playing = { name, source: name ? play(name) : null };
  }

  const isRunning = () => Boolean(audio) && audio.state === "running";

  /** Start the audio; a browser allows it only when a person has clicked, or when it was told to allow it. */
  function unlock(changed) {
    if (!audio && window.AudioContext) {
      audio = new AudioContext();
      audio.addEventListener("statechange", changed);
    }
    if (audio && audio.state !== "running") audio.resume().then(changed, () => {});
  }

  park.tones = { play, sound, unlock, isRunning, playing: () => playing.name };
})();
