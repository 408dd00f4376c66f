"use strict";
(() => {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const button = document.getElementById("theme");
  const names = { system: "as the system", light: "light", dark: "dark" };
  let choice = "system";
  const drawn = new Map();

  let printing = false;
  const theme = () => (printing ? "light" : choice === "system" ? (system.matches ? "dark" : "light") : choice);

  // Sixteen, so that no two pools of a picture share one. Colours that keep 3 : 1 against their ground for marks, and 4.5 : 1 for text.
  function config(dark) {
    const text = dark ? "#e8eaed" : "#1b1f24", soft = dark ? "#b4bcc8" : "#4b5563", line = dark ? "#3c4350" : "#dfe3e8";
    const marks = dark
      ? ["#7db8ff", "#ffb454", "#6fd3a0", "#ff8f8f", "#c8a6ff", "#7fdfe6", "#f2d45c", "#f39ad0",
         "#b8e07a", "#d9a27a", "#9fb0c8", "#ffd9b0", "#5fa8a0", "#e0c8ff", "#d96fd0", "#c9c08a"]
      : ["#0b62c4", "#b35900", "#1a7f4b", "#c22f2f", "#7a45c9", "#0d7c85", "#8a6d00", "#b0307f",
         "#4d6b00", "#6b3f1d", "#4b5c75", "#052f5f", "#5c1010", "#0a4d33", "#43206b", "#7a7468"];
    return {
      background: null, font: "system-ui, 'DejaVu Sans', sans-serif",
      view: { stroke: line },
      axis: { labelColor: soft, titleColor: text, gridColor: line, domainColor: soft, tickColor: soft, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" },
      legend: { labelColor: text, titleColor: text, labelFontSize: 12, titleFontSize: 12, orient: "bottom", symbolOpacity: 1, titleFontWeight: "normal" },
      title: { color: text },
      range: { category: marks, ramp: dark ? ["#2f6fb0", "#7db8ff", "#ffe08a"] : ["#08306b", "#0b62c4", "#b35900"], heatmap: { scheme: "viridis" } },
      mark: { color: marks[0] }, rule: { color: soft }, tick: { color: text }, text: { color: text }, line: { color: marks[0] }, area: { color: marks[0] }, point: { color: marks[0] },
    };
  }

  // The plotting library when the first picture is seen, and a study's pictures when its first one is.
  let library;
  const plotting = () => library ??= lawbookUnpacked(document.getElementById("library").textContent).then((code) => {
    const script = document.createElement("script");
    script.textContent = code;
    document.head.append(script);
  });
  const unpacked = new Map();
  function specs(section) {
    if (!unpacked.has(section)) unpacked.set(section, lawbookUnpacked(section.querySelector("script.charts").textContent).then(JSON.parse));
    return unpacked.get(section);
  }

  async function draw(box) {
    const dark = theme() === "dark";
    const before = drawn.get(box);
    if (before) before.finalize();
    try {
      await plotting();
      const view = await vegaEmbed(box, (await specs(box.closest("section")))[box.dataset.chart], {
        renderer: "svg", ast: true, config: config(dark), tooltip: { theme: dark ? "dark" : "light" },
        actions: { export: true, source: false, compiled: false, editor: false },
      });
      drawn.set(box, view);
      box.dataset.drawn = theme();
    } catch (error) {
      box.textContent = "This picture could not be drawn: " + error.message + ". Its numbers are in the table below.";
      console.error(error);
    }
  }

  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) { seen.unobserve(entry.target); draw(entry.target); }
    }
  }, { rootMargin: "600px" });
  function paint() {
    document.documentElement.dataset.theme = theme();
    button.textContent = "Colours: " + names[choice];
    return Promise.all([...drawn.keys()].map(draw));
  }
  button.addEventListener("click", () => {
    choice = { system: "light", light: "dark", dark: "system" }[choice];
    paint();
  });
  system.addEventListener("change", paint);
  let width = window.innerWidth, waiting = 0;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { if (window.innerWidth !== width) { width = window.innerWidth; paint(); } }, 200);
  });
  // Drawing takes time that the browser's own print command does not give: the button draws every picture, in light, before it prints.
  document.getElementById("print").addEventListener("click", async () => {
    printing = true;
    await paint();
    await Promise.all([...document.querySelectorAll(".chart")].filter((box) => !drawn.has(box)).map(draw));
    window.print();
  });
  window.addEventListener("afterprint", () => { if (printing) { printing = false; paint(); } });
  paint();
  for (const box of document.querySelectorAll(".chart")) seen.observe(box);
})();
