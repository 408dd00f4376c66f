"use strict";
// The named functions of laws (functions.py, effective_path.py) for a page; the tests hold each against its NumPy form.
const lawbookFunctions = (() => {
  const NEGLIGIBLE = 60, NORMALISER = 1e5, NEVER_NIL = 1e-300;

  function pool_sum(count, term) {
    let total = 0;
    for (let i = 0; i < count; i++) total += term(i);
    return total;
  }

  // S_j(x, rate): growth of ln n over x epochs, epoch k discounted by exp(-k rate); by Horner, last epoch first.
  function repeat_growth(x, rate, j) {
    const last = Math.min(Math.floor(x), Math.floor(1 + NEGLIGIBLE / Math.max(rate, 1e-300)));
    const factor = Math.exp(-rate);
    let total = 0;
    for (let k = last; k >= 1; k--) total = (total + Math.pow(k, j) * Math.log(Math.min(k + 1, x) / k)) * factor;
    return total;
  }

  function repeat_weight(x, rate, j) {
    const k = Math.floor(x);
    return k >= 1 ? Math.pow(k, j) * Math.exp(-k * rate) : 0;
  }

  // ln of the reducible error after data_seen samples of a mixture: segments between the ends of any pool's epochs.
  function effective_path(seen, share, unique, size, a, b, tau) {
    const drawn = [...share.keys()].filter((i) => share[i] > 0);
    const lengths = drawn.map((i) => unique[i] / share[i]);
    const ends = new Set([seen]);
    for (const length of lengths) for (let k = 1; k <= Math.floor(seen / length); k++) if (k * length <= seen) ends.add(k * length);
    let before = 0, running = 0, logBefore = 0, total = 0;
    for (const end of [...ends].sort((p, q) => p - q)) {
      let D = NEVER_NIL, B = 0;
      drawn.forEach((i, place) => {
        const epoch = Math.floor((before + end) / 2 / lengths[place]);
        const weight = share[i] * Math.exp(-epoch * Math.LN2 * share[i] * size[i] / unique[i] / tau[i]);
        D += weight;
        B += weight * b[i];
      });
      running += (end - before) / NORMALISER * D;
      const logE = Math.log(a * running);
      total += B / D * (logE - logBefore);
      before = end;
      logBefore = logE;
    }
    return total;
  }

  // erf by its series inside 2.5, by the continued fraction of erfc outside: both to the last digits of a double.
  function erf(x) {
    const size = Math.abs(x);
    if (size > 6) return Math.sign(x);
    if (size < 2.5) {
      let term = x, total = x;
      for (let n = 1; n < 80; n++) { term *= -x * x / n; total += term / (2 * n + 1); }
      return 2 / Math.sqrt(Math.PI) * total;
    }
    let fraction = 0;
    for (let n = 120; n >= 1; n--) fraction = n / 2 / (size + fraction);
    return Math.sign(x) * (1 - Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + fraction));
  }

  return { pool_sum, repeat_growth, repeat_weight, effective_path, erf };
})();
