"use strict";
// Numbers as the plans print them: pipeline/schema/numbers_in_words.py and pipeline/wording/cost_words.py say why.
const lawbookNumbers = (() => {
  const scales = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]];
  const power = (value) => value.toExponential(1).replace("e+", "e");
  const digits = (value, count) => String(Number(value.toPrecision(count))).replace("e+", "e");
  const whole = (text) => text.replace(/\.0$/, "");
  // A count of parameters, tokens or samples: 7.0 B, 237 B, 850 k, 2.1e32.
  function amount(value) {
    if (!Number.isFinite(value)) return "none";
    if (value >= 0.9995e15) return power(value);
    for (const [step, letter] of scales) {
      const scaled = value / step, text = scaled.toFixed(scaled < 99.95 ? 1 : 0);
      if (value >= 0.9995 * step) return `${scaled < 9.95 ? text : whole(text)} ${letter}`;
    }
    return digits(value, 3);
  }
  // A multiple or a number of epochs: 1.2, 9.5, 16, 300, 1.6e39.
  function factor(value) {
    if (value >= 1e6) return power(value);
    if (value >= 99.5) return digits(value, 2);
    if (value < 1 || value > 1 && value < 1.05) return value >= 1 && value < 1.005 ? "1" : digits(value, 2);
    return whole(value.toFixed(1));
  }
  // A sum of money without its currency: 172,031, 8.40, less than 0.01.
  function priced(value) {
    if (!Number.isFinite(value)) return "none";
    if (value >= 100) return BigInt(Math.round(value)).toLocaleString("en-US");
    return value >= 0.01 || value === 0 ? value.toFixed(2) : "less than 0.01";
  }
  // Hours as people say them: 2.2 seconds, 1 hour, 58982 hours, 4.8 days.
  function duration(hours) {
    const [step, word] = hours < 1 / 60 ? [1 / 3600, "second"] : hours < 1 ? [1 / 60, "minute"] : hours < 72 ? [1, "hour"] : [24, "day"];
    const number = factor(hours / step);
    return `${number} ${word}${number === "1" ? "" : "s"}`;
  }
  // A share in percent, never rounded to nothing or to certainty: 0.8 %, 82 %, more than 99 %.
  function part(share) {
    const percent = 100 * share;
    if (percent > 0 && percent < 0.05) return "less than 0.1 %";
    if (percent >= 99.5 && percent < 100) return "more than 99 %";
    return `${Math.abs(percent) >= 9.5 || percent === 0 ? percent.toFixed(0) : whole(percent.toFixed(1))} %`;
  }
  const plain = (value) => Math.abs(value) >= 1e6 || (value && Math.abs(value) < 1e-3) ? value.toExponential(2).replace("e+", "e") : digits(value, 4);
  const ranged = ([value, low, high], words) => low === null ? words(value) : `${words(value)} (${words(low)}–${words(high)})`;
  // A value of the metric with its interval, all to the digits that the interval's width leaves: 2.010 (1.995–2.025).
  function measured(estimate, share = 1) {
    const wide = estimate[1] === null ? 0 : (estimate[2] - estimate[1]) * share;
    if (!(wide > 0)) return ranged(estimate, plain);
    const many = Math.min(Math.max(wide < 0.05 ? Math.ceil(-Math.log10(wide)) + 1 : 2, 2), 5);
    return ranged(estimate, (value) => value.toFixed(many).replace(/^-(0\.?0*)$/, "$1"));
  }
  // The shortest text that reads back to the same six digits: 98304 as it is, 7000000000 as 7B.
  function short(value) {
    const [step, letter] = scales.slice(0, 3).find(([size]) => value >= size) || [1, ""];
    return `${Number((value / step).toPrecision(6))}${letter}`;
  }
  return { amount, factor, priced, duration, power, part, plain, ranged, measured, short };
})();
