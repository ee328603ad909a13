/* Sets the theme and the density before the first paint.
   A plain script in <head>: the content security policy allows no inline one.
   What this browser chose counts, else the settings of the store (data-default-…), else the system. */
(function () {
  "use strict";
  var KEY = "aquarium-theme";
  var DENSITY = "aquarium-density";
  var root = document.documentElement;
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

  var chosen = stored(KEY);
  var density = stored(DENSITY);

  function choice() { return chosen || root.dataset.defaultTheme || "system"; }
  function rows() { return density || root.dataset.defaultDensity || "compact"; }

  function inForce() {
    if (choice() === "dark" || choice() === "light") { return choice(); }
    return system.matches ? "dark" : "light";
  }

  function apply() {
    root.setAttribute("data-theme", inForce());
    root.setAttribute("data-bs-theme", inForce());
    root.setAttribute("data-theme-choice", choice());
    root.setAttribute("data-density", rows());
    window.dispatchEvent(new CustomEvent("aquarium-theme", { detail: inForce() }));
  }

  system.addEventListener("change", apply);
  apply();

  window.aquariumTheme = {
    inForce: inForce,
    choice: choice,
    choose: function (value) {
      chosen = value;
      keep(KEY, chosen);
      apply();
    },
    toggleDensity: function () {
      density = rows() === "comfortable" ? "compact" : "comfortable";
      keep(DENSITY, density);
      apply();
    },
    // The settings of the store were changed here: this browser no longer differs from them.
    follow: function (theme, density_) {
      root.dataset.defaultTheme = theme;
      root.dataset.defaultDensity = density_;
      chosen = density = null;
      keep(KEY, null);
      keep(DENSITY, null);
      apply();
    }
  };
})();
