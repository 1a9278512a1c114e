/* Round places for the lines of an axis: 1, 2 or 5 of a power of ten; for hours also parts of days.

   All labels of an axis have the same decimals, so that they can be compared at a glance. */
(() => {
  "use strict";

  /* Steps of an axis of process hours: decimal below an hour, then what a day is parted into. */
  const HOURS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 4, 6, 12, 24, 48, 120, 240, 480, 1200, 2400];
  const LONGEST = 7;

  function stepOf(low, high, most) {
    const raw = (high - low) / Math.max(1, most);
    const power = 10 ** Math.floor(Math.log10(raw));
    return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= raw * (1 - 1e-9));
  }

  /* Multiples of a step from low to high; rounded to its decimals, so that 0.3 is no 0.30000000000000004. */
  function multiples(step, low, high) {
    const found = [];
    for (let n = Math.ceil(low / step - 1e-9); n <= Math.floor(high / step + 1e-9); n += 1) {
      found.push(+(n * step).toPrecision(12));
    }
    return found;
  }

  const isAxis = (low, high) => Number.isFinite(low) && Number.isFinite(high) && high > low;

  /* About so many round values between two, both included; one alone would tell no scale. */
  function values(low, high, most) {
    if (!isAxis(low, high)) return [];
    const found = multiples(stepOf(low, high, most), low, high);
    return found.length > 1 ? found : multiples(stepOf(low, high, 2 * most), low, high);
  }

  function hours(low, high, most) {
    if (!isAxis(low, high)) return [];
    const raw = (high - low) / Math.max(1, most);
    const step = HOURS.find((one) => one >= raw * (1 - 1e-9)) ?? 24 * stepOf(low / 24, high / 24, most);
    return multiples(raw < HOURS[0] ? stepOf(low, high, most) : step, low, high);
  }

  /* The labels: as many decimals as the step has; a power of ten where that would be too long. */
  function texts(ticks) {
    if (ticks.length < 2) return ticks.map((tick) => String(+tick.toPrecision(5)));
    const step = Math.min(...ticks.slice(1).map((tick, n) => tick - ticks[n]));
    const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    const fixed = ticks.map((tick) => tick.toFixed(decimals));
    if (Math.max(...fixed.map((text) => text.replace("-", "").length)) <= LONGEST) return fixed;
    const largest = Math.max(...ticks.map(Math.abs));
    const digits = Math.max(0, Math.floor(Math.log10(largest) + 1e-9) + (decimals || -Math.floor(Math.log10(step) + 1e-9)));
    return ticks.map((tick) => (tick === 0 ? "0" : tick.toExponential(Math.min(digits, 4))));
  }

  /* The parts of an axis of uPlot: `space` is the least distance of two labels in px. */
  function axisOf(kind, space, unit = "") {
    return {
      splits: (plot, index, low, high) => {
        const { width, height } = plot.bbox;
        const length = (index === 0 ? width : height) / window.devicePixelRatio;
        return kind(low, high, Math.max(2, Math.floor(length / space)));
      },
      filter: (_, ticks) => ticks,
      values: (_, ticks) => texts(ticks).map((text) => text + unit),
    };
  }

  window.tep.ticks = {
    values,
    hours,
    texts,
    valueAxis: (space) => axisOf(values, space),
    hourAxis: (space) => axisOf(hours, space, " h"),
  };
})();
