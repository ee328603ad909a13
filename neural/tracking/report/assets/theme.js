// Sets the theme before the first paint: what was chosen here counts, else the system.
(function () {
  "use strict";
  var KEY = "neural-report-theme";
  var root = document.documentElement;
  var system = window.matchMedia("(prefers-color-scheme: dark)");
  var chosen = null;
  // Storage may be forbidden, as it is for some files on disk; the page must not fail for that.
  try { chosen = window.localStorage.getItem(KEY); } catch (error) { /* only this page then */ }

  function inForce() {
    if (chosen === "dark" || chosen === "light") { return chosen; }
    return system.matches ? "dark" : "light";
  }

  function apply() {
    root.setAttribute("data-theme", inForce());
    window.dispatchEvent(new CustomEvent("neural-theme"));
  }

  window.neuralTheme = {
    inForce: inForce,
    toggle: function () {
      chosen = inForce() === "dark" ? "light" : "dark";
      try { window.localStorage.setItem(KEY, chosen); } catch (error) { /* only this page then */ }
      apply();
    }
  };
  system.addEventListener("change", apply);
  apply();
})();
