/* The websocket: connects, reconnects with growing pauses, acknowledges, and notices silence. */
(() => {
  "use strict";

  /* Two beats of the server (monitoring/consumers.py) and a little. */
  const SILENCE_MS = 6_500;
  const FIRST_PAUSE_MS = 400;
  const LONGEST_PAUSE_MS = 8_000;
  /* A server that takes connections and drops them at once is not back yet. */
  const STEADY_MS = 5_000;
  /* Not logged in any more; no such plant. Trying again would not help. */
  const REFUSALS = new Set([4401, 4404]);

  class Link {
    /* `address()` is asked before each connection, because it names the last step known. */
    constructor({ address, onMessage, onRefused }) {
      this.address = address;
      this.onRefused = onRefused;
      this.onMessage = onMessage;
      this.socket = null;
      this.failures = 0;
      this.openedAt = null;
      this.closedAt = performance.now();
      window.addEventListener("online", () => this.retryNow());
      document.addEventListener("visibilitychange", () => {
        if (!document.hidden) this.retryNow();
      });
    }

    get isOpen() {
      return this.socket !== null && this.socket.readyState === WebSocket.OPEN;
    }

    get wasSteady() {
      return this.openedAt !== null && performance.now() - this.openedAt > STEADY_MS;
    }

    open() {
      clearTimeout(this.retry);
      const socket = new WebSocket(this.address());
      this.socket = socket;
      this.listen();
      socket.addEventListener("open", () => (this.openedAt = performance.now()));
      socket.addEventListener("message", (event) => {
        if (this.wasSteady) this.failures = 0;
        this.listen();
        const message = JSON.parse(event.data);
        if (message.partials) document.dispatchEvent(new CustomEvent("pushed", { detail: message.partials }));
        this.onMessage(message);
      });
      socket.addEventListener("close", ({ code }) => {
        if (REFUSALS.has(code)) this.onRefused();
        else if (this.socket === socket) this.closed();
      });
    }

    send(message) {
      if (this.isOpen) this.socket.send(JSON.stringify(message));
    }

    /* The server beats every 3 s, so a longer silence is a connection that died unnoticed. */
    listen() {
      this.heardAt = performance.now();
      clearTimeout(this.silence);
      this.silence = setTimeout(() => this.drop(), SILENCE_MS);
    }

    /* Not waiting for the closing handshake: the other side may be gone, since it was last heard. */
    drop() {
      const { socket } = this;
      this.closed(this.heardAt);
      socket.close();
    }

    closed(since = performance.now()) {
      clearTimeout(this.silence);
      this.socket = null;
      if (this.wasSteady) this.closedAt = since;
      this.openedAt = null;
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.failures);
      this.failures += 1;
      // Jitter, so that the clients of a restarted server do not come back all at once.
      this.retry = setTimeout(() => this.open(), pause * (0.5 + Math.random() / 2));
    }

    retryNow() {
      if (this.socket === null) this.open();
    }
  }

  window.tep.Link = Link;
})();
