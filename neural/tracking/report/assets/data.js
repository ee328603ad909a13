// Unpacks what stands in the file; nothing is asked of any server.
var neuralData = (function () {
  "use strict";
  var HEAD = 14 + 8; // "neural report\n", and the length of the JSON text
  var WIDTHS = { f8: 8, i8: 8, u2: 2, u1: 1 };

  function bytes(id) {
    var text = document.getElementById(id).textContent.trim();
    if (Uint8Array.fromBase64) { return Uint8Array.fromBase64(text); }
    var plain = atob(text), made = new Uint8Array(plain.length);
    for (var i = 0; i < plain.length; i++) { made[i] = plain.charCodeAt(i); }
    return made;
  }

  function inflated(id) {
    var stream = new Blob([bytes(id)]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).arrayBuffer();
  }

  function load() {
    return inflated("neural-data").then(function (buffer) {
      var view = new DataView(buffer);
      var length = view.getUint32(HEAD - 8, true);
      var head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, HEAD, length)));
      var at = HEAD + length;
      var blocks = head.blocks.map(function (one) {
        var block = { type: one[0], count: one[1], start: at, array: null };
        at += one[1] * WIDTHS[one[0]];
        return block;
      });
      return { runs: head.runs, view: head.view, block: function (n) { return array(blocks[n], buffer); } };
    });
  }

  // The bytes of a block stand first bytes first, then second bytes, …; here as plain numbers.
  function array(block, buffer) {
    if (block.array) { return block.array; }
    var count = block.count, raw = new Uint8Array(buffer, block.start, count * 8), made = new Float64Array(count);
    if (block.type === "f8") {
      var target = new Uint8Array(made.buffer);
      for (var k = 0; k < 8; k++) {
        for (var i = 0, from = k * count, to = k; i < count; i++, to += 8) { target[to] = raw[from + i]; }
      }
    } else {
      for (var j = 0; j < count; j++) {
        var low = raw[j] + raw[count + j] * 256 + raw[2 * count + j] * 65536 + raw[3 * count + j] * 16777216;
        var high = raw[4 * count + j] | raw[5 * count + j] << 8 | raw[6 * count + j] << 16 | raw[7 * count + j] << 24;
        made[j] = high * 4294967296 + low;
      }
    }
    return (block.array = made);
  }

  // Runs a script whose text stands packed in the file; the security policy knows its hash.
  function run(id) {
    return inflated(id).then(function (buffer) {
      var script = document.createElement("script");
      script.textContent = new TextDecoder().decode(buffer);
      document.head.appendChild(script);
    });
  }

  return { load: load, run: run };
})();
