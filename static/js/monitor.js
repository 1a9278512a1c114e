/* The page's own clock: says when samples stay out, and then asks the server itself twice a second. */
(() => {
  "use strict";

  const TICK_MS = 250;
  const POLL_MS = 500;
  const LINK_GRACE_MS = 1_500;
  /* At 0.2 s an interval, two of them are within the jitter of a busy machine. */
  const LEAST_PATIENCE_MS = 1_200;

  class Monitor {
    /* `poll` is an async function; it throws where the server does not answer. */
    constructor({ link, poll }) {
      this.link = link;
      this.poll = poll;
      this.running = false;
      this.intervalSeconds = 1;
      this.sampledAt = performance.now();
      this.polling = false;
      this.polledAt = 0;
      this.trouble = null; // {since: Date, words} while the server does not answer
      this.element = document.getElementById("connection");
      this.words = document.getElementById("connection-state");
      this.age = document.getElementById("connection-age");
    }

    start() {
      setInterval(() => this.tick(), TICK_MS);
    }

    sampled() {
      this.sampledAt = performance.now();
    }

    heard() {
      this.trouble = null;
    }

    /* A plant that was paused has no sample to be late with. */
    follow({ state, interval_seconds: seconds }) {
      const running = state === "running";
      if (running && !this.running) this.sampled();
      this.running = running;
      this.intervalSeconds = seconds;
    }

    get silentMs() {
      return performance.now() - this.sampledAt;
    }

    get late() {
      const patience = Math.max(2_000 * this.intervalSeconds, LEAST_PATIENCE_MS);
      return this.running && this.silentMs > patience;
    }

    get cutOff() {
      return !this.link.isOpen && performance.now() - this.link.closedAt > LINK_GRACE_MS;
    }

    tick() {
      this.tell();
      const due = performance.now() - this.polledAt >= POLL_MS;
      if ((this.late || this.cutOff) && due && !this.polling && !document.hidden) this.ask();
    }

    async ask() {
      this.polling = true;
      this.polledAt = performance.now();
      try {
        await this.poll();
        this.trouble = null;
      } catch (error) {
        const words = error.status
          ? say(gettext("Server answers with error %(status)s"), { status: error.status })
          : gettext("Server not reachable");
        this.trouble = { since: this.trouble ? this.trouble.since : new Date(), words };
      } finally {
        this.polling = false;
        this.tell();
      }
    }

    tell() {
      const seconds = Math.floor(this.silentMs / 1000);
      if (this.trouble) {
        this.show("gone", this.trouble.words, say(gettext("since %(time)s"), { time: window.tep.momentText(this.trouble.since, "clock") }));
      } else if (this.late) {
        const words = this.cutOff ? gettext("for %(seconds)s s, reconnecting") : gettext("for %(seconds)s s");
        this.show("stale", gettext("No new sample"), say(words, { seconds }));
      } else if (this.cutOff) {
        this.show("reconnecting", gettext("Reconnecting"), "");
      } else {
        this.show("live", this.running ? gettext("Live") : gettext("Connected"), "");
      }
    }

    show(state, words, age) {
      if (this.element.dataset.state !== state) this.element.dataset.state = state;
      if (this.words.textContent !== words) this.words.textContent = words;
      if (this.age.textContent !== age) this.age.textContent = age;
    }
  }

  window.tep.Monitor = Monitor;
})();
