"use strict";
// Answers of the what-if controls, from a fit's numbers and the printed formulas of its laws (`fit.parts`, with their weights). No page in here: the tests run it alone.
const lawbookLive = (() => {
  const TRAINING_FLOP = 6, SERVING = 2, DECADES = 4, PER_DECADE = 10, STEPS = 44, GOLDEN = (Math.sqrt(5) - 1) / 2;
  const FINITE_SHARE = 0.95, SUBSETS = 8, SHOWN = 12, AROUND = 12, SAME_EPOCHS = 1e-6; // AROUND: points of the curve on either side, a tenth of a decade apart

  // Percentile with linear interpolation, as NumPy's.
  function percentile(sorted, percent) {
    const place = (sorted.length - 1) * percent / 100, below = Math.floor(place);
    const next = sorted[Math.min(below + 1, sorted.length - 1)];
    return sorted[below] + (next - sorted[below]) * (place - below);
  }

  // [estimate, low, high]: the 90 % interval over the draws, which holds the estimate; no ends where too few draws can say.
  function interval(estimate, draws) {
    const finite = draws.filter(Number.isFinite).sort((a, b) => a - b);
    if (!Number.isFinite(estimate) || draws.length < 2 || finite.length < FINITE_SHARE * draws.length) return [estimate, null, null];
    return [estimate, Math.min(percentile(finite, 5), estimate), Math.max(percentile(finite, 95), estimate)];
  }

  function column(name, run) {
    if (name.startsWith("params")) return run.params;
    if (name === "flops") return TRAINING_FLOP * run.params * run.data_seen;
    if (name === "epochs") return run.data_seen / run.data_unique;
    return name === "data_unique" ? run.data_unique : run.data_seen;
  }

  // Standard normals, the same at every call: (draw, place) -> number. A wrong law is wrong for all its runs together.
  const kept = new Map();
  function normal(draw, place) {
    const key = draw * 64 + place;
    if (!kept.has(key)) {
      let state = (key + 1) * 0x9E3779B9 >>> 0;
      const uniform = () => {
        state = state + 0x6D2B79F5 >>> 0;
        let t = Math.imul(state ^ state >>> 15, state | 1);
        t ^= t + Math.imul(t ^ t >>> 7, t | 61);
        return ((t ^ t >>> 14) >>> 0) / 4294967296;
      };
      kept.set(key, Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()));
    }
    return kept.get(key);
  }

  // What the draws of a run's value are multiplied by for the law's own error, which grows with the distance from the runs along
  // compute or beyond their epochs, whichever makes more of it (Fit.law_error); of a set of pools the parts' errors, so that two
  // sets err alike by the data that they share (pipeline/planning/setting.py).
  function lawError(fit, run, draw) {
    if (!fit.error) return 1;
    const whole = run.pools ? run.pools.reduce((sum, i) => sum + run.sizes[i], 0) : run.data_unique;
    const reached = run.params && fit.runs.flops ? fit.runs.flops : fit.runs.data_seen;
    const now = run.params && fit.runs.flops ? TRAINING_FLOP * run.params * run.data_seen : run.data_seen;
    const along = fit.error[0] * Math.exp(fit.error[1] * Math.max(reached ? Math.log10(now / reached) : 0, 0));
    const [edge, growth, epochs] = fit.error_epochs || [], more = Math.log10(run.data_seen / whole / epochs);
    const spread = more > SAME_EPOCHS ? Math.max(along, edge * Math.exp(growth * more)) : along;
    if (!run.pools) return Math.exp(spread * normal(draw, 0));
    return Math.exp(spread * run.pools.reduce((sum, i) => sum + Math.sqrt(run.sizes[i] / whole) * normal(draw, 1 + i), 0));
  }
  const drawsOf = (fit, laws, draws, run) => draws.map((draw, d) => value(fit, laws, draw, run) * lawError(fit, run, d));

  // A law's value at a run. run.pools: indices of the pools that it draws from, whole and uniformly; sizes: of every pool.
  function partValue(fit, laws, part, theta, run) {
    const columns = part.columns.map((name) => column(name, run)), law = laws[part.law];
    if (!fit.pools.length) return law(...columns, ...theta);
    const whole = run.pools.reduce((sum, i) => sum + run.sizes[i], 0);
    const members = part.members.map((name) => run.pools.map((i) => name === "share" ? run.sizes[i] / whole : run.sizes[i]));
    return law(...columns, ...members, ...theta.map((level) => Array.isArray(level) ? run.pools.map((i) => level[i]) : level));
  }

  // What an answer is computed from is a list of [weight, part, theta]: the estimate has every law in its weight, a draw has one.
  const value = (fit, laws, mixed, run) => mixed.reduce((sum, [weight, part, theta]) => sum + weight * partValue(fit, laws, part, theta, run), 0);
  const estimateOf = (parts) => parts.map((part) => [part.weight, part, part.theta[0]]);

  // Each law's share of the draws, the largest remainders rounded up, as pipeline/fitting/evidence/combination.py shares them out.
  function drawn(parts) {
    const able = parts.filter((part) => part.theta.length > 2), all = able.reduce((sum, part) => sum + part.weight, 0);
    const count = Math.max(0, ...able.map((part) => part.theta.length - 1)), wanted = able.map((part) => count * part.weight / all);
    const each = wanted.map(Math.floor), over = count - each.reduce((sum, n) => sum + n, 0);
    able.map((_, k) => k).sort((a, b) => (each[a] - wanted[a]) - (each[b] - wanted[b])).slice(0, over).forEach((k) => { each[k] += 1; });
    return able.flatMap((part, k) => Array.from({ length: each[k] }, (_, d) => [[1, part, part.theta[1 + d % (part.theta.length - 1)]]]));
  }

  // The laws that answer: where unique data are limited, those that tell repeats from fresh data, if there are some.
  function answering(fit, limited) {
    const seeing = fit.parts.filter((part) => part.columns.some((name) => name === "data_unique" || name === "epochs"));
    const able = limited && seeing.length ? seeing : fit.parts, whole = able.reduce((sum, part) => sum + part.weight, 0);
    return able.map((part) => ({ ...part, weight: part.weight / whole }));
  }

  // The least value over x within four decades of centre: a grid, then golden section, as pipeline/planning/sizes/minimum.py.
  function minimise(objective, centre) {
    const middle = Math.log(centre), count = 2 * DECADES * PER_DECADE;
    const offset = (i) => (-DECADES + i / PER_DECADE) * Math.LN10;
    let best = 0, least = Infinity;
    for (let i = 0; i <= count; i++) {
      const found = objective(Math.exp(middle + offset(i)));
      if (found < least) { least = found; best = i; }
    }
    if (best === 0 || best === count || !Number.isFinite(least)) return NaN;
    let low = middle + offset(best - 1), high = middle + offset(best + 1);
    let left = high - GOLDEN * (high - low), right = low + GOLDEN * (high - low);
    let atLeft = objective(Math.exp(left)), atRight = objective(Math.exp(right));
    for (let step = 0; step < STEPS; step++) {
      if (atLeft < atRight) { high = right; right = left; atRight = atLeft; left = high - GOLDEN * (high - low); atLeft = objective(Math.exp(left)); }
      else { low = left; left = right; atLeft = atRight; right = low + GOLDEN * (high - low); atRight = objective(Math.exp(right)); }
    }
    return Math.exp((low + high) / 2);
  }

  // The run of a size under a budget that pays for training and serving; unique data and epochs may bound its data.
  function sized(params, ask) {
    const paid = (ask.flops - SERVING * params * (ask.served || 0)) / (TRAINING_FLOP * params);
    const unique = ask.unique || Infinity, seen = Math.min(paid, unique * (ask.epochs || Infinity));
    return { params, data_seen: seen, data_unique: Math.min(seen, unique) };
  }

  function sizes(fit, laws, ask) {
    const turned = (mixed) => (params) => {
      const run = sized(params, ask);
      return run.data_seen > 0 ? fit.sign * value(fit, laws, mixed, run) : Infinity;
    };
    const parts = answering(fit, Boolean(ask.unique)), estimate = estimateOf(parts), draws = drawn(parts), centre = Math.sqrt(ask.flops / TRAINING_FLOP);
    const params = minimise(turned(estimate), centre), spread = draws.map((draw) => minimise(turned(draw), centre));
    const run = sized(params, ask);
    const band = Array.from({ length: 2 * AROUND + 1 }, (_, i) => sized(params * 10 ** ((i - AROUND) / 10), ask)).filter((r) => r.data_seen > 0);
    const at = (r) => interval(value(fit, laws, estimate, r), drawsOf(fit, laws, draws, r));
    return {
      params: interval(params, spread), data_seen: interval(run.data_seen, spread.map((n) => sized(n, ask).data_seen)),
      epochs: run.data_seen / run.data_unique, value: at(run), flops: TRAINING_FLOP * params * run.data_seen,
      laws: parts.map((part) => part.law), curve: band.map((r) => ({ params: r.params, value: at(r) })),
    };
  }

  // Every set of the pools that are on (nested ones where they are many), best first by estimate.
  function sets(on) {
    if (on.length > SUBSETS) return on.map((_, i) => on.slice(0, i + 1));
    return Array.from({ length: 2 ** on.length - 1 }, (_, n) => on.filter((_, i) => ((n + 1) >> i) & 1));
  }

  function pools(fit, laws, ask) {
    const parts = answering(fit, false), estimate = estimateOf(parts), draws = drawn(parts);
    const asked = (chosen) => {
      const unique = chosen.reduce((sum, i) => sum + ask.sizes[i], 0);
      return { params: ask.params, data_seen: ask.data_seen, data_unique: unique, pools: chosen, sizes: ask.sizes };
    };
    const runs = sets(ask.on).map(asked).filter((run) => run.data_seen / run.data_unique <= (ask.epochs || Infinity));
    const ranked = runs.map((run) => ({ run, value: value(fit, laws, estimate, run) })).filter((r) => Number.isFinite(r.value))
      .sort((a, b) => fit.sign * (a.value - b.value)).slice(0, SHOWN);
    const spread = ranked.map((r) => drawsOf(fit, laws, draws, r.run));
    const wins = ranked.map(() => 0);
    draws.forEach((_, d) => {
      let best = 0;
      spread.forEach((values, i) => { if (fit.sign * values[d] < fit.sign * spread[best][d]) best = i; });
      if (ranked.length) wins[best] += 1;
    });
    return ranked.map((r, i) => ({
      pools: r.run.pools, epochs: r.run.data_seen / r.run.data_unique, value: interval(r.value, spread[i]),
      behind: interval(fit.sign * (r.value - ranked[0].value), spread[i].map((v, d) => fit.sign * (v - spread[0][d]))),
      chance: draws.length ? wins[i] / draws.length : null,
    }));
  }

  const drawsAt = (fit, laws, run) => drawsOf(fit, laws, drawn(fit.parts), run);

  return { interval, draws: drawsAt, minimise, sizes, pools, sized, TRAINING_FLOP };
})();
if (typeof globalThis !== "undefined") globalThis.lawbookLive = lawbookLive;
