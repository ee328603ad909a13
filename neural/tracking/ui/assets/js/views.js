/* Saved views and links: what the address says, kept under a name or in the clipboard. */
(function () {
  "use strict";

  function app() { return window.aquarium; }

  function ask(method, path, body) {
    return window.fetch(app().prefix() + "api/v1/views" + path, {
      method: method,
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body)
    }).then(function (answer) {
      return answer.json().then(function (found) {
        if (!answer.ok) { throw new Error(found.message || "status " + answer.status); }
        return found;
      });
    });
  }

  function saveView(name, pathname, search) {
    // The server knows pages without the path under which a proxy shows them.
    var page = "/" + pathname.slice(app().prefix().length);
    return ask("POST", "", { name: name, page: page, search: search });
  }

  function copyText(text) {
    if (window.navigator.clipboard && window.isSecureContext) {
      return window.navigator.clipboard.writeText(text);
    }
    // A host of the network without TLS: the clipboard is only there for the old way.
    var field = document.createElement("textarea");
    field.value = text;
    field.className = "visually-hidden";
    document.body.append(field);
    field.select();
    var done = document.execCommand("copy");
    field.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("the browser does not allow it"));
  }

  function copyLink() {
    copyText(window.location.href)
      .then(function () { app().toast("Link copied", "ok"); })
      .catch(function (error) { app().toast("The link was not copied: " + error.message, "warn"); });
  }

  function openSave() {
    var dialog = app().byId("shell-save");
    if (!dialog || dialog.open) { return; }
    dialog.showModal();
    app().byId("shell-save-name").select();
  }

  function save() {
    var name = app().byId("shell-save-name").value.trim();
    if (!name) { app().byId("shell-save-name").focus(); return; }
    saveView(name, window.location.pathname, window.location.search)
      .then(function () {
        app().byId("shell-save").close();
        app().toast("Saved as “" + name + "”. It stands under Views and in the palette (Ctrl K).", "ok");
      })
      .catch(function (error) { app().toast(error.message, "error"); });
  }

  document.addEventListener("click", function (event) {
    if (event.target.closest("#shell-link-button")) { copyLink(); }
    if (event.target.closest("#shell-save-button")) { openSave(); }
    if (event.target.closest("#shell-save-go")) { save(); }
    var copied = event.target.closest("[data-copy-href]");
    if (copied) {
      copyText(new URL(copied.dataset.copyHref, window.location.href).href)
        .then(function () { app().toast("Link copied", "ok"); })
        .catch(function (error) { app().toast("The link was not copied: " + error.message, "warn"); });
    }
  });

  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && event.target.id === "shell-save-name") { event.preventDefault(); save(); }
  });

  window.aquarium = Object.assign(window.aquarium || {}, {
    askViews: ask,
    saveView: saveView,
    copyText: copyText,
    copyLink: copyLink,
    openSave: openSave
  });
})();
