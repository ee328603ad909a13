/* Sets the theme and the density before the first paint.
   A plain script in <head>: the content security policy allows no inline one. */
(function () {
  "use strict";
  var KEY = "aquarium-theme";
  var DENSITY = "aquarium-density";
  var system = window.matchMedia("(prefers-color-scheme: dark)");

  function stored(key) {
    // Storage may be forbidden; the page must not fail for that.
    try { return window.localStorage.getItem(key); } catch (error) { return null; }
  }

  function keep(key, value) {
    try {
      if (value) { window.localStorage.setItem(key, value); } else { window.localStorage.removeItem(key); }
    } catch (error) { /* the choice then lasts for this page only */ }
  }

  var choice = stored(KEY);
  var density = stored(DENSITY);

  function inForce() {
    if (choice === "dark" || choice === "light") { return choice; }
    return system.matches ? "dark" : "light";
  }

  function apply() {
    var root = document.documentElement;
    root.setAttribute("data-theme", inForce());
    root.setAttribute("data-bs-theme", inForce());
    root.setAttribute("data-theme-choice", choice || "system");
    root.setAttribute("data-density", density || "compact");
    window.dispatchEvent(new CustomEvent("aquarium-theme", { detail: inForce() }));
  }

  system.addEventListener("change", apply);
  apply();

  window.aquariumTheme = {
    inForce: inForce,
    choice: function () { return choice || "system"; },
    choose: function (value) {
      choice = value === "system" ? null : value;
      keep(KEY, choice);
      apply();
    },
    toggleDensity: function () {
      density = density === "comfortable" ? null : "comfortable";
      keep(DENSITY, density);
      apply();
    }
  };
})();
