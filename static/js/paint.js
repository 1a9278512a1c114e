/* What a small chart has behind and before its line: the normal range, alarms, faults, trip limits,
   a forecast, readings of bad quality, points that are not judged yet. */
(() => {
  "use strict";

  const { colour, inPlot } = window.tep;
  /* How high the strips of alarms and of injected faults are, in CSS px. */
  const STRIP = 3;

  function behind(trend, chart) {
    inPlot(chart, (ctx, left, top, width, height) => {
      if (trend.low !== null) {
        const upper = chart.valToPos(trend.high, "y", true);
        ctx.fillStyle = colour("normal");
        ctx.fillRect(left, upper, width, chart.valToPos(trend.low, "y", true) - upper);
      }
      if (!trend.statistic) return;
      for (const band of trend.board.scores.unjudgedBands) {
        ctx.fillStyle = colour("band-unjudged");
        fillBand(chart, band, top, height);
      }
      for (const band of trend.board.alarmBands) {
        ctx.fillStyle = colour(band.standing ? "band-standing" : "band-cleared");
        fillBand(chart, band, top, height);
      }
      sayUnjudged(trend, chart, top + height - STRIP * devicePixelRatio);
    });
  }

  /* An alarm fills the charts of the detector that claims it; elsewhere it is a strip above, red
     only where the variable has a part in it. The truth is a strip below. */
  function before(trend, chart) {
    const strip = STRIP * devicePixelRatio;
    inPlot(chart, (ctx, left, top, width, height) => {
      for (const edge of [trend.tripLow, trend.tripHigh]) {
        if (edge === null) continue;
        ctx.fillStyle = colour("alarm");
        ctx.fillRect(left, Math.round(chart.valToPos(edge, "y", true)), width, devicePixelRatio);
      }
      for (const band of trend.statistic ? [] : trend.board.alarmBands) {
        const red = band.standing && trend.board.rankOf(trend.label);
        ctx.fillStyle = colour(red ? "strip-standing" : "strip-cleared");
        fillBand(chart, band, top, strip);
      }
      if (!trend.statistic) drawBad(trend, chart, top, height);
      if (!trend.statistic && trend.board.ahead) drawAhead(trend, chart, trend.board.ahead);
      ctx.fillStyle = colour("truth");
      for (const band of trend.board.faultBands) {
        fillBand(chart, band, top + height - strip, strip);
      }
    });
  }

  /* What the ground of points that are not judged means, at its foot and behind the line: in one
     line, or in two where that is too long; where there is no room, the key below the charts says it. */
  function sayUnjudged(trend, chart, bottom) {
    const { ctx, bbox } = chart;
    const edge = 4 * devicePixelRatio;
    const size = 11 * devicePixelRatio;
    ctx.font = `${size}px system-ui, sans-serif`;
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
    ctx.fillStyle = colour("axis");
    for (const { from, to } of trend.board.scores.unjudgedBands) {
      const start = Math.max(bbox.left, chart.valToPos(from, "x", true)) + edge;
      const room = Math.min(bbox.left + bbox.width, chart.valToPos(to, "x", true)) - edge - start;
      const fits = (lines) => lines.every((line) => ctx.measureText(line).width <= room);
      const lines = [[trend.unjudged], trend.unjudged.split(/(?<=:) /)].find(fits) ?? [];
      lines.forEach((line, i) => ctx.fillText(line, start, bottom - edge - (lines.length - 1 - i) * 1.2 * size));
    }
  }

  /* A forecast: the spread of its members as a band, their median dotted. */
  function drawAhead(trend, chart, { hours, median, low, high }) {
    const { ctx } = chart;
    const places = (values) =>
      hours
        .map((hour, i) => [hour, values[trend.column][i]])
        .filter(([, value]) => value !== null)
        .map(([hour, value]) => [chart.valToPos(hour, "x", true), chart.valToPos(value, "y", true)]);
    const [upper, lower, middle] = [places(high), places(low), places(median)];
    if (!middle.length) return;
    ctx.fillStyle = colour("ahead-band");
    ctx.beginPath();
    for (const [x, y] of [...upper, ...lower.reverse()]) ctx.lineTo(x, y);
    ctx.closePath();
    ctx.fill();
    ctx.strokeStyle = colour("truth");
    ctx.lineWidth = 1.4 * devicePixelRatio;
    ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    for (const [x, y] of middle) ctx.lineTo(x, y);
    ctx.stroke();
    ctx.setLineDash([]);
  }

  /* Readings of bad quality: a cross each, at the edge where the value is beyond the scale. */
  function drawBad(trend, chart, top, height) {
    const { samples } = trend.board;
    const { ctx } = chart;
    const arm = 3 * devicePixelRatio;
    const { min, max } = chart.scales.x;
    ctx.strokeStyle = colour("bad");
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.beginPath();
    for (const [step, { values }] of samples.bad) {
      const hours = step * samples.hoursPerStep;
      if (hours < min || hours > max) continue;
      const value = values[trend.column];
      const x = chart.valToPos(hours, "x", true);
      const y = value === null ? top : chart.valToPos(value, "y", true);
      const at = Math.min(Math.max(y, top + arm), top + height - arm);
      ctx.moveTo(x - arm, at - arm);
      ctx.lineTo(x + arm, at + arm);
      ctx.moveTo(x - arm, at + arm);
      ctx.lineTo(x + arm, at - arm);
    }
    ctx.stroke();
  }

  function fillBand(chart, { from, to }, top, height) {
    const start = chart.valToPos(from, "x", true);
    chart.ctx.fillRect(start, top, chart.valToPos(to, "x", true) - start, height);
  }

  window.tep.paint = { behind, before };
})();
