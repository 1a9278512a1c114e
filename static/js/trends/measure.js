/* The second cursor: it stays where it is set, and what lies at the first is told as the difference to it. */
(() => {
  "use strict";

  const { colour, momentText } = window.tep;

  /* The place of the sample nearest to a point of the axis. */
  function nearest(x, at) {
    let [low, high] = [0, x.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (x[middle] <= at) low = middle;
      else high = middle;
    }
    return Math.abs(x[high] - at) < Math.abs(x[low] - at) ? high : low;
  }

  const signed = (value, decimals) => `${value < 0 ? "\u2212" : "+"}${Math.abs(value).toFixed(decimals)}`;

  /* Seconds as one would say them. */
  function spanOf(seconds) {
    const size = Math.abs(seconds);
    const [factor, unit, decimals] = size < 120 ? [1, "s", 1] : size < 7200 ? [60, "min", 1] : [3600, "h", 2];
    return `${signed(seconds / factor, decimals)}\u00a0${unit}`;
  }

  class Measure {
    constructor(page) {
      this.page = page;
      this.at = null;
    }

    /* Where it is set; the same place again, or null, takes it away. */
    set(at) {
      const { plot } = this.page.charts[0] || {};
      const x = plot?.data[0];
      const place = at === null || !x?.length ? null : x[nearest(x, at)];
      this.at = place === this.at ? null : place;
      for (const chart of this.page.charts) {
        chart.plot?.redraw(false);
        if (chart.plot) chart.tell(chart.plot.cursor.idx);
      }
    }

    /* At the first cursor; without one at the newest sample in sight. */
    setAtCursor() {
      const { plot } = this.page.charts[0] || {};
      if (plot) this.set(plot.data[0][plot.cursor.idx ?? nearest(plot.data[0], this.page.range[1])]);
    }

    /* How much a trace is higher at the first cursor than here; empty where either is a gap. */
    difference(values, x, index, decimals) {
      if (this.at === null || index === null) return "";
      const [now, then] = [values[index], values[nearest(x, this.at)]];
      return now == null || then == null ? "" : `\u0394\u00a0${signed(now - then, decimals)}`;
    }

    words(x) {
      if (this.at === null) return "";
      const { wall } = this.page;
      const here = wall ? momentText(new Date(this.at * 1000)) : `${this.at.toFixed(2)} h`;
      if (x == null) return say(gettext("Measuring from %(place)s"), { place: here });
      return say(gettext("\u0394t %(span)s from %(place)s"), { span: spanOf((x - this.at) * (wall ? 1 : 3600)), place: here });
    }

    draw(plot) {
      if (this.at === null) return;
      const { ctx, bbox } = plot;
      const x = Math.round(plot.valToPos(this.at, "x", true));
      if (x < bbox.left || x > bbox.left + bbox.width) return;
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = colour("text");
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([6 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
      ctx.fillText("\u0394", x + 3 * devicePixelRatio, bbox.top + bbox.height - 4 * devicePixelRatio);
      ctx.restore();
    }
  }

  window.tep.Measure = Measure;
})();
