/* Begin: the head, the live data and what keeps the wall alive; the first screen comes when what stands on it is known. */
(function () {
  "use strict";
  const { screen } = window.park;
  screen.begin();
  screen.watch();
})();
