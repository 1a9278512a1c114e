/* What the charts show as a table of words, and as one picture to keep. */
(() => {
  "use strict";

  const { colour, element } = window.tep;
  const MOST_ROWS = 100;

  class Sheet {
    constructor(page) {
      this.page = page;
      this.details = document.getElementById("trend-table");
      this.place = this.details.querySelector("div");
      this.details.addEventListener("toggle", () => this.renew());
    }

    when(x) {
      return this.page.wall ? window.tep.momentText(new Date(x * 1000)) : `${x.toFixed(2)} h`;
    }

    /* Drawn only while it is open; lowest and highest are of every point in sight. */
    renew() {
      if (!this.details.open) return;
      this.place.replaceChildren(...this.page.charts.map((chart) => this.tableOf(chart)), ...this.alarms());
    }

    /* The alarms drawn above the lines, each once however many charts show it. */
    alarms() {
      const [min, max] = this.page.range;
      const found = new Map();
      for (const chart of this.page.charts) {
        for (const { number, stretches } of window.tep.chartMarks.lanesOf(chart)) {
          for (const { series, name, priority, start, end, seen } of stretches) {
            const [from, to] = [start, end ?? series.newestStep].map((step) => series.at(step));
            if (from > max || to < min) continue;
            const when = (step, none) => (step === null ? none : this.when(series.at(step)));
            found.set(`${name} ${series.source.plant} ${series.source.run} ${start}`, [from, name, `${number} ${priority}`, this.when(from), when(seen, "–"), when(end, gettext("stands"))]);
          }
        }
      }
      if (!found.size) return [];
      const heads = [gettext("Alarm"), gettext("Priority"), gettext("Raised"), gettext("Acknowledged"), gettext("Returned")].map((textContent) => element("th", { scope: "col", textContent }));
      const ordered = [...found.values()].sort(([one], [other]) => one - other);
      const rows = ordered.map(([, name, ...rest]) => element("tr", {}, element("th", { scope: "row", textContent: name }), ...rest.map((textContent) => element("td", { textContent }))));
      const isCut = this.page.charts.some((chart) => chart.series.some(({ said }) => said?.operator_has_more));
      const all = gettext("Alarms in sight, as the operator was shown them.");
      const caption = element("caption", { textContent: isCut ? `${all} ${gettext("Only the newest are told; zoom in for the others.")}` : all });
      return [element("table", { id: "trend-alarms" }, caption, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows))];
    }

    tableOf(chart) {
      const { data } = chart; // not the plot's: that is as old as its last frame
      const [min, max] = this.page.range;
      const told = (i) => chart.traces.some((_, k) => data[k + 1][i] !== undefined);
      const inside = [...data[0].keys()].filter((i) => data[0][i] >= min && data[0][i] <= max && told(i));
      const every = Math.ceil(inside.length / MOST_ROWS) || 1;
      const shown = inside.filter((_, i) => i % every === 0);
      const cell = (value, { tag }) => element("td", { className: "number", textContent: value == null ? (value === null ? gettext("gap") : "") : value.toFixed(tag.decimals) });
      const heads = chart.traces.map(({ tag, name }) => element("th", { scope: "col", className: "number", textContent: `${tag.label}${name ? ` ${name}` : ""}${tag.unit ? ` (${tag.unit})` : ""}` }));
      const extreme = (pick, words) => {
        const found = chart.traces.map((_, k) => inside.map((i) => data[k + 1][i]).filter((v) => v != null));
        return element("tr", {}, element("th", { scope: "row", textContent: words }), ...found.map((values, k) => cell(values.length ? values.reduce((a, b) => pick(a, b)) : null, chart.traces[k])));
      };
      const rows = shown.map((i) => element("tr", {}, element("th", { scope: "row", className: "number", textContent: this.when(data[0][i]) }), ...chart.traces.map((trace, k) => cell(data[k + 1][i], trace))));
      const part = every > 1 ? say(gettext("One point in %(count)s of those in sight; the CSV has every sample."), { count: every }) : gettext("Every point in sight.");
      return element(
        "table",
        {},
        element("caption", { textContent: `${chart.title}. ${part}` }),
        element("thead", {}, element("tr", {}, element("th", { scope: "col", textContent: gettext("Time") }), ...heads)),
        element("tbody", {}, extreme(Math.min, gettext("Lowest")), extreme(Math.max, gettext("Highest")), ...rows),
      );
    }

    /* Charts under each other with title, span, names and values: readable without the page. */
    picture() {
      const charts = this.page.charts.filter(({ plot }) => plot);
      const ratio = devicePixelRatio;
      const line = 16 * ratio;
      const head = 3 * line;
      const key = this.page.layers.words;
      const width = Math.max(...charts.map(({ plot }) => plot.ctx.canvas.width), 600 * ratio);
      const height = charts.reduce((sum, { plot, traces }) => sum + plot.ctx.canvas.height + (traces.length + 1.5) * line, head + (key.length + 0.5) * line);
      const canvas = element("canvas", { width, height });
      const ctx = canvas.getContext("2d");
      ctx.fillStyle = colour("raised");
      ctx.fillRect(0, 0, width, height);
      ctx.fillStyle = colour("text");
      ctx.font = `600 ${14 * ratio}px system-ui, sans-serif`;
      const [from, to] = this.page.range;
      ctx.fillText(document.querySelector("h1").textContent, 8 * ratio, line);
      ctx.font = `${12 * ratio}px system-ui, sans-serif`;
      ctx.fillText(say(this.page.wall ? gettext("%(name)s, %(from)s to %(to)s of wall time") : gettext("%(name)s, %(from)s to %(to)s of process time"), { name: this.page.under.source.name, from: this.when(from), to: this.when(to) }), 8 * ratio, 2.2 * line);
      let top = head;
      for (const { plot, traces, rows } of charts) {
        ctx.drawImage(plot.ctx.canvas, 0, top);
        top += plot.ctx.canvas.height + line;
        traces.forEach(({ tag, name }, i) => {
          ctx.strokeStyle = colour(`trace-${i + 1}`);
          ctx.lineWidth = 2 * ratio;
          ctx.setLineDash((plot.series[i + 1].dash || []).map((one) => one * ratio));
          ctx.beginPath();
          ctx.moveTo(8 * ratio, top - 4 * ratio);
          ctx.lineTo(44 * ratio, top - 4 * ratio);
          ctx.stroke();
          ctx.setLineDash([]);
          ctx.fillStyle = colour("text");
          ctx.fillText(`${i + 1} ${tag.label} ${tag.name}${name ? `, ${name}` : ""}: ${rows[i].value.textContent} ${tag.unit}`, 52 * ratio, top);
          top += line;
        });
        top += 0.5 * line;
      }
      key.forEach((text, i) => ctx.fillText(text, 8 * ratio, top + (i + 1) * line));
      return canvas;
    }

    savePicture() {
      this.picture().toBlob((blob) => {
        const link = element("a", { href: URL.createObjectURL(blob), download: "trends.png" });
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      }, "image/png");
    }
  }

  window.tep.Sheet = Sheet;
})();
