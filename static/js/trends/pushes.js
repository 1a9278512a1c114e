/* What comes in while trends are looked at: samples over the websocket, and what stands beside them. */
(() => {
  "use strict";

  const { Link } = window.tep;
  /* After so many samples that came by push, the server thins anew. */
  const MOST_APPENDED = 600;
  /* Where no detector has scored anything for longer, nothing more is waited for. */
  const MOST_UNSCORED = 100;
  const PATIENCE_MS = 15_000;
  /* What stands beside the samples is asked for when it has changed; after so long in any case. */
  const MARKS_MS = 2000;
  const OLD_MARKS_MS = 30_000;

  /* The stretch at a run's begin that the detector does not judge grows with the points that come. */
  function noteUnjudged(said, analyses) {
    const fresh = analyses.filter(({ warming_up: isWarming, step }) => isWarming && step > (said.unjudged?.[1] ?? 0));
    if (!fresh.length || !("unjudged" in said)) return;
    said.unjudged = [said.unjudged?.[0] ?? fresh[0].first_step, fresh[fresh.length - 1].step];
  }

  class Pushes {
    constructor(page) {
      this.page = page;
      this.marking = null;
      this.markedAt = performance.now();
    }

    renewMarksSoon() {
      const { page } = this;
      if (this.marking) return;
      this.marking = setTimeout(async () => {
        this.markedAt = performance.now();
        try {
          const marked = [...page.series.values()].filter(({ marks, source }) => marks && source.live);
          await Promise.all(marked.map((one) => one.loadMarks(page.range, AbortSignal.timeout(PATIENCE_MS))));
          page.redraw();
          page.sheet.renew();
        } catch (error) {
          console.warn("marks not renewed:", error.message); // they are asked for again before long
        } finally {
          this.marking = null;
        }
      }, Math.max(0, this.markedAt + MARKS_MS - performance.now()));
    }

    listen() {
      const plants = new Map();
      for (const [key, { source }] of this.page.series) if (source.live && key !== "minus") plants.set(source.plant, source);
      for (const [plant, source] of plants) this.listenTo(plant, source);
    }

    /* The last step whose score is known: what was not scored yet when it was asked for is to come. */
    scoredOf(source) {
      const steps = [...this.page.series.values()].filter((one) => one.source === source && !one.minus).map(({ scoredStep }) => scoredStep);
      const newest = source.newest ?? 0;
      return Math.min(newest, Math.max(newest - MOST_UNSCORED, Math.min(...steps)));
    }

    listenTo(plant, source) {
      const scheme = window.location.protocol === "https:" ? "wss" : "ws";
      const address = () => `${scheme}://${window.location.host}/ws/plants/${plant}/?run=${source.run}&after=${source.newest ?? 0}&analysed=${this.scoredOf(source)}`;
      const link = new Link({
        address,
        onRefused: () => window.location.reload(),
        onMessage: (message) => {
          if ("alarms_changed" in (message.partials || {})) this.renewMarksSoon();
          if (message.type !== "frame") return;
          link.send({ type: "ack", run: message.run, step: message.plant.step });
          this.receive(plant, source, message);
        },
      });
      link.open();
    }

    receive(plant, source, { run, readings, analyses, alarms }) {
      const { page } = this;
      if (run !== source.run) {
        page.tellNewRun(run);
        return;
      }
      if (performance.now() - this.markedAt > OLD_MARKS_MS) this.renewMarksSoon();
      const fresh = readings.filter(({ step }) => step > (source.newest ?? 0));
      if (fresh.length) {
        source.newest = fresh[fresh.length - 1].step;
        source.newest_at = Date.parse(fresh[fresh.length - 1].time) / 1000;
      }
      if (!page.following) {
        if (source === page.under.source) page.missed += fresh.length;
        page.tellState();
        return;
      }
      let whole = true;
      for (const one of page.series.values()) {
        if (one.source.plant !== plant || one.source.run !== run || one.minus) continue;
        whole = one.append(readings, analyses) && one.appended < MOST_APPENDED && whole;
        if (one.said) noteUnjudged(one.said, analyses);
        if (one.said && alarms) one.said.alarms = alarms.map((alarm) => ({ id: alarm.id, onset: alarm.onset_step, raised: alarm.raised_step, cleared: alarm.cleared_step, standing: alarm.state === "standing" }));
      }
      page.range = page.newestRange();
      page.redraw();
      if (!fresh.length) return;
      if (!whole) page.loadSoon(0);
      else if (page.series.has("minus") || page.series.has("overlay")) page.loadSoon(1000);
    }
  }

  window.tep.Pushes = Pushes;
})();
