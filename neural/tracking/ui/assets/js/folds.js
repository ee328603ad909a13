/* Parts that are folded away on a narrow screen (ui/folds.py). */
(function () {
  "use strict";

  var narrow = window.matchMedia("(max-width: 640px)");
  var opened = {}; // by name: what somebody opened on a narrow screen
  var seen = new WeakSet();

  function settle(part) { part.open = !narrow.matches || Boolean(opened[part.dataset.fold]); }

  function all() { return [].slice.call(document.querySelectorAll("details.aq-fold")); }

  new MutationObserver(function () {
    all().forEach(function (part) {
      if (seen.has(part)) { return; }
      seen.add(part);
      settle(part);
    });
  }).observe(document.documentElement, { childList: true, subtree: true });

  narrow.addEventListener("change", function () { all().forEach(settle); });

  document.addEventListener("click", function (event) {
    var line = event.target.closest(".aq-fold > summary");
    if (line) { opened[line.parentElement.dataset.fold] = !line.parentElement.open; }
  });
})();
