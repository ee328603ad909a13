/* What a run printed: drawn by chunks, followed at its end, found in, linked to by line. */
(function () {
  "use strict";

  var CHUNK = 200; // lines that the browser lays out, or skips, together
  var MOST = 20000; // lines on the page; the oldest go first
  var LINE_PX = 18;
  var RETRY_MS = 2000; // between two questions where no socket can be opened
  var NEAR_PX = 24; // so close to its end a log is followed

  var log = null; // what is shown now

  function app() { return window.aquarium; }
  function byId(id) { return document.getElementById(id); }
  function query() { return new URLSearchParams(window.location.search); }
  function hashLine() { var found = /^#L(\d+)$/.exec(window.location.hash); return found ? Number(found[1]) : 0; }

  /* ---- begin and end ------------------------------------------------------------ */

  function begin(view) {
    end();
    var streams = view.dataset.streams.split(" ");
    var wanted = query().get("stream");
    log = { view: view, stream: streams.indexOf(wanted) < 0 ? streams[0] : wanted, timer: 0, socket: null, chunks: [], lines: 0, asked: 0 };
    view.addEventListener("scroll", scrolled);
    open(hashLine());
  }

  function end() {
    if (!log) { return; }
    stop();
    log.asked += 1;
    log = null;
  }

  function stop() {
    window.clearTimeout(log.timer);
    var socket = log.socket;
    log.socket = null;
    if (socket) { socket.close(); }
  }

  function open(line) {
    var mine = log;
    stop();
    showStream();
    follow(!line);
    mine.asked += 1;
    var asked = mine.asked;
    ask(line ? "?line=" + line : "").then(function (part) {
      if (log !== mine || asked !== mine.asked) { return; }
      clear();
      add(part);
      if (line) { mark(line); } else { toEnd(); }
      listen();
    }).catch(function (error) { note(error.message); });
  }

  function ask(search) {
    return window.fetch(log.view.dataset.log + log.stream + search).then(function (answer) {
      return answer.json().then(function (found) {
        if (answer.status === 404) { return { start: 0, end: 0, line: 1, lines: [], tail: null, size: 0 }; }
        if (!answer.ok) { throw new Error(found.message || "status " + answer.status); }
        return found;
      });
    });
  }

  /* ---- drawing ------------------------------------------------------------------- */

  function clear() {
    log.view.replaceChildren();
    log.chunks = [];
    log.lines = 0;
    log.more = document.createElement("button");
    log.more.type = "button";
    log.more.className = "btn btn-outline-primary aq-log-more";
    log.more.textContent = "Load earlier lines";
    log.more.hidden = true;
    log.more.addEventListener("click", earlier);
    log.tail = row(0, null);
    log.tail.classList.add("aq-log-tail");
    log.tail.hidden = true;
    log.view.append(log.more, log.tail);
  }

  // Pieces of text with names of styles (ui/ansi.py): what a run printed is never markup here.
  function fill(place, pieces) {
    place.replaceChildren.apply(place, (pieces || []).map(function (piece) {
      if (piece.length === 1) { return document.createTextNode(piece[0]); }
      var span = document.createElement("span");
      span.className = piece[1];
      span.style.cssText = piece[2];
      span.textContent = piece[0];
      return span;
    }));
  }

  function row(number, pieces) {
    var line = document.createElement("div");
    var link = document.createElement("a");
    var text = document.createElement("span");
    line.className = "aq-log-line";
    link.className = "aq-log-n";
    text.className = "aq-log-text";
    if (number) {
      line.id = "L" + number;
      link.href = "#L" + number;
      link.textContent = number;
    }
    fill(text, pieces);
    line.append(link, text);
    return line;
  }

  function chunk(first, lines, start) {
    var box = document.createElement("div");
    box.className = "aq-log-chunk";
    box.style.containIntrinsicSize = "auto " + lines.length * LINE_PX + "px";
    box.append.apply(box, lines.map(function (pieces, place) { return row(first + place, pieces); }));
    return { box: box, lines: lines.length, start: start };
  }

  function chunksOf(part) {
    var made = [];
    for (var at = 0; at < part.lines.length; at += CHUNK) {
      var lines = part.lines.slice(at, at + CHUNK);
      made.push(chunk(part.line + at, lines, at ? null : part.start));
    }
    return made;
  }

  function add(part) {
    if (!log.chunks.length) { log.start = part.start; }
    chunksOf(part).forEach(function (one) {
      log.view.insertBefore(one.box, log.tail);
      log.chunks.push(one);
      log.lines += one.lines;
    });
    log.end = part.end;
    log.next = part.line + part.lines.length;
    log.tail.hidden = !part.tail;
    fill(log.tail.lastChild, part.tail);
    trim();
    seen(part);
  }

  function trim() {
    // Only where a whole answer began can be loaded again, so whole answers go.
    while (log.lines > MOST && log.chunks.length > 1 && log.chunks.some(function (one, at) { return at && one.start !== null; })) {
      do {
        var oldest = log.chunks.shift();
        log.lines -= oldest.lines;
        oldest.box.remove();
      } while (log.chunks[0].start === null);
      log.start = log.chunks[0].start;
    }
  }

  function seen(part) {
    log.more.hidden = log.start === 0;
    var size = part.size === undefined ? "" : " of " + bytes(part.size);
    note(log.next > 1 ? (log.next - 1).toLocaleString("en") + " lines" + size : "Nothing yet");
    if (byId("run-logs-find").value) { find(0); }
  }

  function bytes(size) {
    var units = ["B", "kB", "MB", "GB"];
    var at = 0;
    while (size >= 1000 && at < units.length - 1) { size /= 1000; at += 1; }
    return (at ? size.toPrecision(3) : size) + " " + units[at];
  }

  function earlier() {
    var mine = log;
    var height = log.view.scrollHeight;
    follow(false);
    ask("?before=" + log.start).then(function (part) {
      if (log !== mine || part.end !== mine.start) { return; }
      chunksOf(part).reverse().forEach(function (one) {
        log.view.insertBefore(one.box, log.more.nextSibling);
        log.chunks.unshift(one);
        log.lines += one.lines;
      });
      log.start = part.start;
      log.more.hidden = log.start === 0;
      log.view.scrollTop += log.view.scrollHeight - height; // what is read stays where it is
    }).catch(function (error) { note(error.message); });
  }

  function note(text) { var place = byId("run-logs-note"); if (place) { place.textContent = text; } }

  /* ---- following ------------------------------------------------------------------- */

  function following() { return log.view.dataset.follow === "true"; }

  function option(name) { return document.querySelector('#run-logs-options input[value="' + name + '"], #run-logs-options input[id$="-' + name + '"]'); }

  function follow(on) {
    log.view.dataset.follow = on ? "true" : "false";
    var box = option("follow");
    if (box && box.checked !== on) {
      var wrap = option("wrap");
      app().setProps("run-logs-options", { value: (on ? ["follow"] : []).concat(wrap && wrap.checked ? ["wrap"] : []) });
    }
  }

  function toEnd() { log.view.scrollTop = log.view.scrollHeight; }

  function scrolled() {
    if (!log) { return; }
    var left = log.view.scrollHeight - log.view.scrollTop - log.view.clientHeight;
    // Up: somebody reads. Down to the end: somebody wants to see what comes.
    if (log.view.scrollTop < (log.top || 0) - 2 && left > NEAR_PX) { follow(false); }
    else if (left < 2 && log.view.dataset.alive === "true" && !following()) { follow(true); }
    log.top = log.view.scrollTop;
  }

  function listen() {
    if (document.hidden || !window.WebSocket) { later(); return; }
    var mine = log;
    var scheme = window.location.protocol === "https:" ? "wss://" : "ws://";
    var socket = new WebSocket(scheme + window.location.host + log.view.dataset.socket +
      "?stream=" + log.stream + "&offset=" + log.end);
    mine.socket = socket;
    socket.onmessage = function (event) {
      if (log !== mine || mine.socket !== socket) { return; }
      take(JSON.parse(event.data));
    };
    socket.onclose = function () {
      if (log !== mine || mine.socket !== socket) { return; } // closed by us
      mine.socket = null;
      if (!mine.ended) { later(); }
    };
  }

  function take(message) {
    if (message.reset) { open(0); return; }
    if (message.problem) { note(message.problem); return; }
    if (message.ended) { log.ended = true; log.view.dataset.alive = "false"; return; }
    add(message);
    if (following()) { toEnd(); }
  }

  // Without a socket: ask from time to time for what came since.
  function later() {
    var mine = log;
    window.clearTimeout(mine.timer);
    if (document.hidden) { return; }
    mine.timer = window.setTimeout(function () {
      if (log !== mine) { return; }
      ask("?offset=" + mine.end).then(function (part) {
        if (log !== mine) { return; }
        if (part.size < mine.end) { open(0); return; }
        take(part);
        if (mine.view.dataset.alive === "true") { later(); }
      }).catch(function () { if (log === mine) { later(); } });
    }, RETRY_MS);
  }

  document.addEventListener("visibilitychange", function () {
    if (!log) { return; }
    if (document.hidden) { stop(); } else if (!log.ended) { listen(); }
  });

  /* ---- finding and linking ---------------------------------------------------------- */

  var hits = [];
  var hit = -1;

  function find(step) {
    if (!log) { return; }
    var words = byId("run-logs-find").value.toLowerCase();
    if (!step) {
      log.view.querySelectorAll(".aq-log-hit").forEach(function (one) { one.classList.remove("aq-log-hit"); });
      hits = words ? [].filter.call(log.view.querySelectorAll(".aq-log-text"), function (one) {
        return one.textContent.toLowerCase().indexOf(words) >= 0;
      }).map(function (one) { return one.parentNode; }) : [];
      hits.forEach(function (one) { one.classList.add("aq-log-hit"); });
      hit = -1;
    } else if (hits.length) {
      follow(false);
      hit = (hit + step + hits.length) % hits.length;
      show(hits[hit]);
    }
    var text = !words ? "" : !hits.length ? "not in the lines shown" :
      (hit < 0 ? "" : (hit + 1) + " of ") + hits.length + (hits.length === 1 ? " line" : " lines");
    if (byId("run-logs-hits").textContent !== text) { byId("run-logs-hits").textContent = text; }
  }

  function show(line) {
    log.view.querySelectorAll(".aq-log-marked").forEach(function (one) { one.classList.remove("aq-log-marked"); });
    line.classList.add("aq-log-marked");
    line.scrollIntoView({ block: "center" });
  }

  function mark(number) {
    var line = byId("L" + number);
    if (line) { show(line); } else { note("There is no line " + number); toEnd(); }
  }

  function showStream() {
    document.querySelectorAll("[data-log-stream]").forEach(function (button) {
      button.setAttribute("aria-pressed", button.dataset.logStream === log.stream ? "true" : "false");
    });
    document.querySelectorAll("[data-log-raw]").forEach(function (link) {
      link.hidden = link.dataset.logRaw !== log.stream;
    });
  }

  document.addEventListener("click", function (event) {
    var button = log && event.target.closest("[data-log-stream]");
    if (!button) { return; }
    log.stream = button.dataset.logStream;
    log.ended = false;
    var search = query();
    if (log.view.dataset.streams.split(" ")[0] === log.stream) { search.delete("stream"); } else { search.set("stream", log.stream); }
    window.history.replaceState({}, "", window.location.pathname); // the line belongs to the other stream
    app().write({ search: "?" + search.toString() });
    open(0);
  });

  document.addEventListener("input", function (event) {
    if (event.target.id === "run-logs-find") { find(0); }
  });

  document.addEventListener("change", function (event) {
    if (!log || !event.target.closest("#run-logs-options")) { return; }
    var wrap = option("wrap");
    log.view.dataset.wrap = wrap && wrap.checked ? "true" : "false";
    var on = option("follow").checked;
    log.view.dataset.follow = on ? "true" : "false";
    if (on) { toEnd(); }
  });

  document.addEventListener("keydown", function (event) {
    if (event.target.id !== "run-logs-find" || event.key !== "Enter") { return; }
    event.preventDefault();
    find(event.shiftKey ? -1 : 1);
  });

  window.addEventListener("hashchange", function () {
    if (!log || !hashLine()) { return; }
    if (byId("L" + hashLine())) { follow(false); mark(hashLine()); } else { open(hashLine()); }
  });

  // Dash puts the tab on the page and takes it away.
  new MutationObserver(function () {
    var view = byId("run-logs");
    if (view ? !log || log.view !== view : log) { if (view) { begin(view); } else { end(); } }
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
