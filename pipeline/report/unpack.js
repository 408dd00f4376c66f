"use strict";
// The text of what the page keeps deflated in base64 (pipeline/report/packed.py).
async function lawbookUnpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
}
