"use strict";
(async () => {
  const listed = JSON.parse(document.getElementById("live").textContent);
  const section = document.getElementById("whatif"), form = document.getElementById("ask");
  const answer = document.getElementById("answer"), wrong = document.getElementById("wrong");
  const told = document.getElementById("asked"), picture = document.getElementById("answer-picture"), poolBox = document.getElementById("pools");
  if (!listed.length) return;
  section.hidden = false;
  const whole = async (fit) => fit.packed ? JSON.parse(await lawbookUnpacked(fit.packed)) : fit;
  const fits = await Promise.all(listed.map(whole)).catch((error) => { console.error(error); return []; });
  if (!fits.length) {
    wrong.textContent = "The controls need a browser of 2023 or later; the plans are below.";
    form.hidden = true; wrong.hidden = false;
    return;
  }
  const field = form.elements;
  const MOST_TRUSTED = 10.05; // as pipeline/wording/trust.py
  const { amount, duration, factor, measured, part, plain, power, priced, ranged, short } = lawbookNumbers;
  const units = { k: 1e3, K: 1e3, M: 1e6, B: 1e9, G: 1e9, T: 1e12 };

  const made = (tag, text, attributes = {}) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  // 7e9, 7B, 7 B and 7,000,000,000 are the same number; an empty field is no number.
  function read(input, name) {
    const text = input.value.replace(/[,\s]/g, "");
    input.removeAttribute("aria-invalid");
    if (text === "") return null;
    const found = /^(\d*\.?\d+(?:[eE][+-]?\d+)?)([kKMBGT]?)$/.exec(text), value = found ? Number(found[1]) * (units[found[2]] || 1) : NaN;
    if (!(value > 0)) { input.setAttribute("aria-invalid", "true"); throw new Error(`${name}: ${input.value} is no positive number; write 7e9 or 7B`); }
    return value;
  }
  function table(heads, rows, label) {
    const box = made("div", undefined, { class: "scroll small", tabindex: "0", role: "region", "aria-label": label });
    const grid = made("table"), head = made("tr"), body = made("tbody");
    for (const text of heads) head.append(made("th", text, { scope: "col" }));
    for (const cells of rows) { const row = made("tr"); for (const text of cells) row.append(made("td", text)); body.append(row); }
    const top = made("thead");
    top.append(head); grid.append(top, body); box.append(grid);
    return box;
  }

  // What the compute of a run takes on the devices of the form: hours, price, days; nothing where they are not said.
  function bill(fit, flops) {
    const speed = read(field.speed, "useful FLOP/s"), price = read(field.price, "price"), count = read(field.count, "devices");
    const parts = [];
    if (!speed) return parts;
    const hours = flops / speed / 3600, currency = fit.money ? fit.money.currency : "";
    if (price) parts.push(["Price", `${priced(hours * price)} ${currency}`.trim()]);
    if (count) parts.push(["Done in", duration(24 * hours * (fit.money ? fit.money.days : 1 / 24) / count)]);
    return parts;
  }
  function budget(fit) {
    const given = read(field.budget, "budget"), unit = field.unit.value;
    if (given === null) throw new Error("budget: give one, as 1e22");
    if (unit === "flops") return given;
    const speed = read(field.speed, "useful FLOP/s"), price = read(field.price, "price"), count = read(field.count, "devices");
    if (!speed || (unit === "money" ? !price : !count)) throw new Error(`a budget in ${unit} needs the device's FLOP/s and ${unit === "money" ? "its price" : "how many there are"}`);
    return unit === "money" ? given / price * 3600 * speed : given * count / (fit.money ? fit.money.days : 1 / 24) * 3600 * speed;
  }
  function beyond(reached, now) {
    if (!reached) return "how far the runs reach is not known";
    const times = now / reached;
    return times > 1.005 ? `${factor(times)}× your largest run (${times >= MOST_TRUSTED ? "a guess" : "extrapolation"})` : "no more than your largest run";
  }

  const reads = (part, name) => part.columns.includes(name);

  function sizes(fit) {
    const flops = budget(fit);
    const ask = { flops, unique: read(field.unique, "unique data"), epochs: read(field.epochs, "epochs"), served: read(field.served, "tokens to serve") };
    const found = lawbookLive.sizes(fit, lawbookLaws, ask);
    if (!Number.isFinite(found.params[0])) throw new Error("the law has no best size at this budget: its optimum is at the search boundary");
    const rows = [["Parameters", ranged(found.params, amount)], [`Data, ${fit.unit}s`, ranged(found.data_seen, amount)], [fit.metric + (fit.metric_unit ? `, ${fit.metric_unit}` : ""), measured(found.value)],
      ["Training compute, FLOP", power(found.flops)], ...bill(fit, found.flops), ["Beside your runs", beyond(fit.runs.flops, found.flops)]];
    if (ask.unique) {
      const blind = fit.parts.filter((part) => found.laws.includes(part.law) && !reads(part, "data_unique") && !reads(part, "epochs"));
      rows.push(["Epochs", factor(found.epochs)]);
      if (blind.length && found.epochs > 1) rows.push(["Repeats", `${blind.map((part) => part.law).join(" and ")} ${blind.length > 1 ? "take" : "takes"} repeated ${fit.unit}s for fresh ones: the value is too good`]);
    }
    answer.replaceChildren(table(["", "with a 90 % interval"], rows, "What to train"));
    answer.dataset.value = JSON.stringify({ params: found.params[0], value: found.value[0] });
    drawCurve(fit, found);
  }

  function pools(fit) {
    const rows = [...poolBox.querySelectorAll(".pool")], sized = rows.map((row, i) => read(row.querySelector("input[type=text]"), fit.pools[i].name));
    const on = rows.flatMap((row, i) => row.querySelector("input[type=checkbox]").checked ? [i] : []);
    const data = read(field.data, "training data"), params = read(field.params, "parameters");
    if (!on.length) throw new Error("pools: leave at least one on");
    if (data === null) throw new Error("training data: give how much is seen, as 1e11");
    if (params === null && fit.parts.some((part) => part.columns.some((name) => name.startsWith("params") || name === "flops"))) throw new Error("parameters: give a size, as 7B");
    if (on.some((i) => sized[i] === null)) throw new Error("pools: give the unique data of each pool that is on");
    const found = lawbookLive.pools(fit, lawbookLaws, { data_seen: data, params, epochs: read(field.epochs, "epochs"), on, sizes: sized });
    if (!found.length) throw new Error("every set of these pools repeats more often than the most epochs allow");
    const words = (entry) => entry.pools.map((i) => fit.pools[i].name).join(" + ");
    const ties = found.slice(1).filter((entry) => entry.behind[1] !== null && entry.behind[1] <= 0);
    const lead = made("p", `Train on ${words(found[0])}: ${fit.metric} ${measured(found[0].value)}, ${factor(found[0].epochs)} epochs; ${beyond(fit.runs.data_seen, data)}. ` +
      (ties.length ? `These runs cannot tell it from ${ties.map(words).join(", or ")}.` : found.length > 1 ? "No other set ties with it." : ""));
    const lines = bill(fit, params ? lawbookLive.TRAINING_FLOP * params * data : NaN).filter(() => params).map(([name, text]) => made("p", `${name}: ${text}`));
    answer.replaceChildren(lead, ...lines, table(["pools", "epochs", fit.metric, "behind the best", "best in"],
      found.map((entry, i) => [words(entry), factor(entry.epochs), measured(entry.value), i ? measured(entry.behind, 1 / 3) : "", entry.chance === null ? "" : `${part(entry.chance)} of draws`]), "Pool sets"));
    answer.dataset.value = JSON.stringify({ pools: words(found[0]), value: found[0].value[0] });
    drawBehind(found, words);
  }

  const SVG = "http://www.w3.org/2000/svg";
  function drawn(tag, attributes, text) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    return element;
  }
  const canvas = (height, label) => drawn("svg", { viewBox: `0 0 640 ${height}`, role: "img", "aria-label": label, class: "live" });

  function drawCurve(fit, found) {
    const points = found.curve.filter((p) => Number.isFinite(p.value[0]));
    const all = points.flatMap((p) => p.value.filter((v) => v !== null)), low = Math.min(...all), high = Math.max(...all);
    const from = Math.log(points[0].params), to = Math.log(points.at(-1).params);
    const x = (n) => 84 + 530 * (Math.log(n) - from) / (to - from || 1), y = (v) => 24 + 160 * (high - v) / (high - low || 1);
    const svg = canvas(264, `${fit.metric} by model size at this budget, with its 90 % band; the best size is ${amount(found.params[0])}`);
    const path = (list) => list.map((p, i) => `${i ? "L" : "M"}${p[0].toFixed(1)} ${p[1].toFixed(1)}`).join("");
    const band = points.filter((p) => p.value[1] !== null);
    svg.append(drawn("path", { class: "band", d: band.length ? path([...band.map((p) => [x(p.params), y(p.value[2])]), ...band.toReversed().map((p) => [x(p.params), y(p.value[1])])]) + "Z" : "" }),
      drawn("path", { class: "curve", d: path(points.map((p) => [x(p.params), y(p.value[0])])) }),
      drawn("circle", { class: "best", cx: x(found.params[0]), cy: y(found.value[0]), r: 6 }),
      drawn("text", { x: x(found.params[0]), y: y(found.value[0]) - 14, "text-anchor": "middle" }, `best: ${amount(found.params[0])}`));
    points.forEach((point, i) => {
      const side = i === 0 ? "start" : i === points.length - 1 ? "end" : "middle";
      if (i % 6 === 0) svg.append(drawn("text", { x: x(point.params), y: 222, "text-anchor": side }, amount(point.params)));
    });
    for (const value of [low, high]) svg.append(drawn("text", { x: 4, y: y(value) + 5 }, plain(value)));
    svg.append(drawn("text", { x: 349, y: 252, "text-anchor": "middle" }, "parameters, at the same budget"));
    picture.replaceChildren(svg);
  }
  function drawBehind(found, words) {
    const shown = found.slice(0, 8), ends = shown.flatMap((e) => e.behind.filter((v) => v !== null)), low = Math.min(0, ...ends), high = Math.max(0, ...ends);
    const x = (v) => 30 + 580 * (v - low) / (high - low || 1), svg = canvas(52 * shown.length + 34, "How far each set is behind the best, with its 90 % interval");
    svg.append(drawn("path", { class: "zero", d: `M${x(0)} 4V${52 * shown.length}` }));
    shown.forEach((entry, i) => {
      const y = 40 + 52 * i, [value, from, to] = entry.behind, name = words(entry);
      svg.append(drawn("text", { x: 4, y: y - 16 }, name.length > 52 ? `${name.slice(0, 51)}…` : name));
      if (from !== null) svg.append(drawn("path", { class: "curve", d: `M${x(from)} ${y}H${x(to)}` }));
      svg.append(drawn("circle", { class: "best", cx: x(value), cy: y, r: 5 }));
    });
    svg.append(drawn("text", { x: Math.max(x(0) - 60, 4), y: 52 * shown.length + 26 }, "0: the best set"), drawn("text", { x: x(high), y: 52 * shown.length + 26, "text-anchor": "end" }, plain(high)));
    picture.replaceChildren(svg);
  }

  // Which laws answer, and which cannot on this page.
  function spokenLaws(fit) {
    const percent = (part) => `${part.law} ${(100 * part.weight).toFixed(0)} %`;
    const heard = fit.parts.filter((part) => part.weight >= 0.005);
    const mixed = heard.length > 1 ? `A combination of laws answers, each draw by one of them: ${heard.map(percent).join(", ")}.` : "";
    const without = fit.left.length ? `Without ${fit.left.length > 1 ? "these laws" : "one law"} of the plans' combination: ${fit.left.join("; ")}.` : "";
    return [mixed, without].filter(Boolean).join(" ");
  }

  // What paper shows in the place of the controls: every field that is in sight with what stands in it.
  function asked() {
    const fields = [...form.querySelectorAll("label")].filter((label) => !label.closest("[hidden]") && label.control);
    const said = (label) => {
      const control = label.control, name = label.firstChild.textContent.trim();
      if (control.type !== "checkbox") return control.value && `${name}: ${control.tagName === "SELECT" ? control.selectedOptions[0].text : control.value}`;
      return control.checked && `${label.textContent.trim()}: ${label.parentElement.querySelector("input[type=text]").value}`;
    };
    told.textContent = `Asked: ${fields.map(said).filter(Boolean).join("; ")}.`;
  }

  const chosen = () => fits[Number(field.study.value)];
  function answerNow() {
    const fit = chosen();
    wrong.hidden = true;
    asked();
    try {
      if (fit.why) { answer.textContent = `Not live: ${fit.why}. Its plans are below.`; picture.replaceChildren(); return; }
      (fit.pools.length ? pools : sizes)(fit);
    } catch (error) {
      answer.replaceChildren(); picture.replaceChildren();
      wrong.textContent = error.message; wrong.hidden = false;
    }
  }
  function fill() {
    const fit = chosen(), live = !fit.why, kind = live && fit.pools.length ? "pools" : "sizes";
    for (const element of form.querySelectorAll("[data-for]")) element.hidden = !live || element.dataset.for !== kind;
    for (const element of form.querySelectorAll("label:not([data-for]), fieldset:not([data-for])")) element.hidden = !live && !element.contains(field.study);
    document.getElementById("no-error").hidden = !live || fit.error !== null;
    document.getElementById("laws").textContent = live ? spokenLaws(fit) : "";
    if (live) {
      const device = fit.money || {}, text = (value) => value === null || value === undefined ? "" : short(value);
      field.budget.value = (fit.runs.flops ? fit.runs.flops * 10 : 1e21).toExponential(2).replace("+", "");
      field.unit.value = "flops";
      field.data.value = text(fit.runs.data_seen); field.params.value = text(fit.runs.params);
      field.speed.value = device.speed ? device.speed.toExponential(2).replace("+", "") : ""; field.price.value = text(device.price); field.count.value = text(device.count);
      for (const name of ["unique", "epochs", "served"]) field[name].value = "";
      poolBox.replaceChildren(...fit.pools.map((pool) => {
        const row = made("div", undefined, { class: "pool" }), label = made("label"), box = made("input", undefined, { type: "checkbox" });
        box.checked = true;
        label.append(box, ` ${pool.name}`);
        const size = made("input", undefined, { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": `Unique data of ${pool.name}` });
        size.value = text(pool.size);
        row.append(label, size);
        return row;
      }));
    }
    answerNow();
  }
  fits.forEach((fit, i) => field.study.append(made("option", fit.cohort ? `${fit.study}, ${fit.cohort}` : fit.study, { value: String(i) })));
  const first = fits.findIndex((fit) => !fit.why);
  field.study.value = String(Math.max(first, 0));
  form.addEventListener("submit", (event) => event.preventDefault());
  field.study.addEventListener("input", fill);
  form.addEventListener("input", (event) => { if (event.target !== field.study) answerNow(); });
  fill();
})();
