/* What is drawn around the lines of a chart: the normal band, alarms, limits, injected faults, trips,
   readings of bad quality. */
(() => {
  "use strict";

  const { colour, inPlot } = window.tep;
  /* The priorities as the signs of alarms have them: the number says them without the colour. */
  const PRIORITIES = Object.entries({ critical: "alarm", high: "warn", medium: "strong", low: "muted" });
  /* A strip of one priority, in CSS px. */
  const LANE = 10;
  const px = (count) => count * devicePixelRatio;

  /* From where to where, in pixels of the canvas; what has no end goes on to the newest sample. */
  function band(plot, series, from, to) {
    const start = plot.valToPos(series.at(from), "x", true);
    const end = plot.valToPos(series.at(to ?? Math.max(from, series.newestStep)), "x", true);
    return [start, Math.max(px(1), end - start)];
  }

  /* What the operator was shown of a chart's tags, and of no tag, by priority; only what there is. */
  function lanesOf(chart) {
    if (chart.isDifference || chart.page.hides("operator")) return [];
    const found = chart.series
      .filter((series) => series.said)
      .flatMap((series) => {
        const labels = new Set(chart.traces.filter((one) => one.series === series).map(({ tag }) => tag.label));
        const own = series.said.operator.filter(({ tag }) => labels.has(tag) || (!tag && series === chart.judged));
        return own.map((stretch) => ({ series, ...stretch }));
      });
    return PRIORITIES.map(([name, tone], i) => ({ number: String(i + 1), name, tone, stretches: found.filter(({ priority }) => priority === name) })).filter(({ stretches }) => stretches.length);
  }

  /* Which part of a chart's height the strips take, so that no line runs under them. */
  function roomAbove(chart) {
    const height = chart.plot?.bbox.height / devicePixelRatio || chart.canvas.clientHeight - 34;
    return Math.min(0.4, (chart.lanes.length * LANE) / Math.max(1, height));
  }

  function behind(chart, plot) {
    inPlot(plot, (ctx, left, top, width, height) => {
      chart.units.forEach((_, i) => {
        const traces = chart.ofScale(i);
        const normal = traces.length === 1 && i === 0 ? chart.normalOf(traces[0]) : null;
        if (!normal) return;
        const upper = plot.valToPos(normal[1], `y${i}`, true);
        ctx.fillStyle = colour("normal");
        ctx.fillRect(left, upper, width, plot.valToPos(normal[0], `y${i}`, true) - upper);
      });
      const series = chart.judged;
      const unjudged = series && chart.unjudgedOf(series);
      if (unjudged) {
        ctx.fillStyle = colour("band-unjudged");
        const [start, wide] = band(plot, series, unjudged[0] - 1, unjudged[1]);
        ctx.fillRect(start, top, wide, height);
      }
      if (!series || chart.page.hides("alarms")) return;
      for (const { onset, cleared, standing } of series.said.alarms) {
        ctx.fillStyle = colour(standing ? "band-standing" : "band-cleared");
        const [start, wide] = band(plot, series, onset, cleared);
        ctx.fillRect(start, top, wide, height);
      }
    });
  }

  function before(chart, plot) {
    inPlot(plot, (ctx, left, top, width, height) => {
      Object.assign(ctx, { textAlign: "left", textBaseline: "alphabetic" }); // not as the axes have left them
      for (const trace of chart.traces) {
        const scale = `y${chart.units.indexOf(trace.tag.unit)}`;
        ctx.font = `${px(10)}px system-ui, sans-serif`;
        for (const { value, tone, word } of chart.limitsOf(trace)) {
          const y = Math.round(plot.valToPos(value, scale, true));
          ctx.fillStyle = colour(tone);
          ctx.fillRect(left, y, width, devicePixelRatio);
          ctx.fillStyle = colour(tone === "limit" ? "axis" : tone);
          ctx.fillText(word, left + px(3), y - px(3));
        }
      }
      const series = chart.judged;
      if (series && !chart.page.hides("injections")) {
        ctx.fillStyle = colour("truth");
        for (const { start, end } of series.said.injections) {
          const [from, wide] = band(plot, series, start, end);
          ctx.fillRect(from, top + height - px(4), wide, px(4));
        }
      }
      const unjudged = series && chart.unjudgedOf(series);
      if (unjudged) sayUnjudged(plot, band(plot, series, unjudged[0] - 1, unjudged[1]), left, top + height);
      if (series) events(plot, series, top, height);
      strips(chart, plot, left, top, width);
      numbers(chart, plot, left, width);
    });
  }

  const unjudgedWords = () => document.getElementById("trend-charts").dataset.unjudged;

  /* What the ground of points that are not judged means, at its foot, where there is room for it. */
  function sayUnjudged({ ctx }, [from, wide], left, bottom) {
    ctx.font = `${px(11)}px system-ui, sans-serif`;
    const start = Math.max(left, from) + px(4);
    if (ctx.measureText(unjudgedWords()).width > from + wide - px(4) - start) return;
    ctx.fillStyle = colour("axis");
    ctx.fillText(unjudgedWords(), start, bottom - px(8));
  }

  /* One strip a priority: filled until the alarm was acknowledged, empty then, its number at its begin. */
  function strips(chart, plot, left, top, width) {
    const { ctx } = plot;
    const right = left + width;
    ctx.lineWidth = px(1);
    chart.lanes.forEach(({ number, tone, stretches }, lane) => {
      const y = top + px(lane * LANE);
      const size = px(LANE - 1);
      const bars = stretches.map(({ series, start, end, seen }) => {
        const [begin, whole] = band(plot, series, start, end);
        // What has just been raised is seen at the edge, too.
        const from = begin < right + px(1) ? Math.min(begin, right - px(3)) : begin;
        const wide = Math.max(px(3), begin + whole - from);
        const until = seen === null ? wide : Math.min(wide, Math.max(px(2), band(plot, series, start, seen)[1]));
        return { from, wide, until };
      });
      ctx.fillStyle = colour(tone);
      ctx.strokeStyle = colour(tone);
      for (const { from, wide, until } of bars) {
        ctx.fillRect(from, y, until, size);
        if (until < wide) ctx.strokeRect(from + until, y + px(0.5), wide - until, size - px(1));
      }
      sayNumber(ctx, number, tone, bars, { left, right, y: y + size / 2 });
    });
  }

  /* The number of a strip once, then where the next bar begins apart from it; never over another bar. */
  function sayNumber(ctx, number, tone, bars, { left, right, y }) {
    ctx.font = `700 ${px(9)}px system-ui, sans-serif`;
    ctx.textBaseline = "middle";
    let free = -Infinity;
    for (const { from, wide, until } of [...bars].sort((one, other) => one.from - other.from)) {
      const at = Math.max(from, left) + px(2);
      if (from + wide > left && from < right && at > free) {
        const isInside = from + until >= at + px(7);
        ctx.fillStyle = colour(isInside ? "raised" : tone);
        const beside = at + px(8) > right ? from - px(9) : Math.max(from + wide, at) + px(1);
        ctx.fillText(number, isInside || from + wide >= at + px(7) ? at : beside, y + px(0.5));
      }
      free = Math.max(free, from + wide, at + px(10));
    }
    ctx.textBaseline = "alphabetic";
  }

  /* Trips as a line with a word; readings of bad quality as crosses along the upper edge. */
  function events(plot, series, top, height) {
    const { ctx } = plot;
    ctx.font = `${px(11)}px system-ui, sans-serif`;
    ctx.fillStyle = colour("alarm");
    for (const { step } of series.said.trips) {
      const right = plot.bbox.left + plot.bbox.width;
      const at = plot.valToPos(series.at(step), "x", true);
      const x = at < right + px(1) ? Math.min(at, right - px(2)) : at;
      ctx.fillRect(x, top, px(2), height);
      ctx.textAlign = x > right - px(30) ? "right" : "left";
      ctx.fillText("trip", ctx.textAlign === "right" ? x - px(3) : x + px(4), top + height - px(8));
    }
    ctx.textAlign = "left";
    const arm = px(3);
    ctx.strokeStyle = colour("bad");
    ctx.lineWidth = px(1.5);
    ctx.beginPath();
    for (const { step } of series.said.bad) {
      const x = plot.valToPos(series.at(step), "x", true);
      ctx.moveTo(x - arm, top);
      ctx.lineTo(x + arm, top + 2 * arm);
      ctx.moveTo(x + arm, top);
      ctx.lineTo(x - arm, top + 2 * arm);
    }
    ctx.stroke();
  }

  /* Each line bears its number where it ends in sight. */
  function numbers(chart, plot, left, width) {
    if (chart.traces.length < 2) return;
    const { ctx, data } = plot;
    ctx.font = `600 ${px(11)}px system-ui, sans-serif`;
    const { max } = plot.scales.x;
    chart.traces.forEach(({ tag }, i) => {
      let at = data[0].length - 1;
      while (at >= 0 && (data[0][at] > max || data[i + 1][at] == null)) at -= 1;
      if (at < 0) return;
      const x = Math.min(plot.valToPos(data[0][at], "x", true) - px(10), left + width - px(12));
      ctx.fillStyle = colour(`trace-${i + 1}`);
      ctx.fillText(String(i + 1), x, plot.valToPos(data[i + 1][at], `y${chart.units.indexOf(tag.unit)}`, true) - px(4));
    });
  }

  window.tep.chartMarks = { behind, before, lanesOf, roomAbove, unjudgedWords };
})();
