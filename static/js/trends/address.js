/* What is in sight, as an address: it is what is shared, saved and exported. */
(() => {
  "use strict";

  class Address {
    constructor(page, view) {
      Object.assign(this, { page, view });
    }

    tellSoon() {
      clearTimeout(this.telling);
      this.telling = setTimeout(() => this.tell(), 200);
    }

    /* Whatever leads on from here or keeps what is here: bar, files, saved views, form, links. */
    tell() {
      const query = this.query();
      window.history.replaceState(null, "", `?${query}`);
      for (const kind of ["csv", "parquet"]) {
        const link = document.getElementById(`trend-${kind}`);
        link.href = link.href.replace(/\?.*$/, `?${query}`);
      }
      for (const field of document.querySelectorAll("[data-trend-query]")) field.value = query;
      const ends = this.page.following ? ["", ""] : this.ends();
      ["from", "to"].forEach((name, i) => (document.getElementById(`trend-${name}`).value = ends[i]));
      this.tellLinks(query.split("&"));
    }

    tellLinks(pairs) {
      for (const link of document.querySelectorAll("[data-trend-span]")) {
        const { trendSpan } = link.dataset;
        const others = pairs.filter((pair) => !/^(from|to|span)=/.test(pair));
        link.href = `?${[...others, `span=${trendSpan}`].join("&")}`;
        if (this.page.following && trendSpan === this.view.spanName) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
      const charts = pairs.filter((pair) => pair.startsWith("chart="));
      document.querySelectorAll("[data-trend-without]").forEach((link, number) => {
        let count = -1;
        const left = pairs.filter((pair) => !charts.includes(pair) || (count += 1) !== number);
        link.href = `?${left.flatMap((pair) => this.scaleWithout(pair, number + 1)).join("&")}`;
      });
    }

    /* The scale of a chart after one of a number was left out: its own goes, later ones move up. */
    scaleWithout(pair, number) {
      const found = /^y(\d+)=(.*)$/.exec(pair);
      if (!found || Number(found[1]) < number) return [pair];
      return Number(found[1]) === number ? [] : [`y${found[1] - 1}=${found[2]}`];
    }

    ends() {
      const { range, wall } = this.page;
      return range.map((end) => (wall ? new Date(end * 1000).toISOString() : String(+Math.max(0, end).toFixed(4))));
    }

    query() {
      const query = this.view.query.split("&").filter((pair) => !/^(from|to|hide)=/.test(pair));
      const { hidden, following } = this.page;
      if (!following) {
        const [from, to] = this.ends();
        query.push(`from=${from}`, `to=${to}`);
      }
      if (hidden.size) query.push(`hide=${[...hidden].sort().join(",")}`);
      return query.join("&");
    }
  }

  window.tep.Address = Address;
})();
