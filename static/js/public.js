/* The dashboard of a public link: the same charts, fed by the link's own addresses and no others. */
(() => {
  "use strict";

  const { Samples, Scores, Board, Link, Monitor, patchHtml, showBanner } = window.tep;
  const COLUMNS = 53;
  const CAPACITY = 4000;
  const PATIENCE_MS = 2500;
  const NOW_MS = 3000;

  const { dataset } = document.getElementById("banner");
  const hoursPerStep = Number(dataset.sampleSeconds) / 3600;
  const samples = new Samples({ columns: COLUMNS, capacity: CAPACITY, hoursPerStep });
  const scores = new Scores({ capacity: CAPACITY, hoursPerStep });
  const board = new Board({ samples, scores, onOlderWanted: () => {} });
  const over = () => window.location.reload(); // the server says why
  const link = new Link({ address, onMessage: receive, onRefused: over });
  const monitor = new Monitor({ link, poll });
  let faults = null;

  async function get(url) {
    const response = await fetch(url, { credentials: "omit", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (response.status === 410 || response.status === 404) over();
    if (!response.ok) throw Object.assign(new Error(url), { status: response.status });
    return response;
  }

  function tryTo(promise) {
    promise.catch((error) => console.warn("not loaded:", error.message));
  }

  const place = () => (samples.run === null ? "" : `run=${samples.run}&after=${samples.completeStep ?? 0}`);

  function address() {
    const scheme = window.location.protocol === "https:" ? "wss" : "ws";
    const analysed = samples.run === null ? "" : `&analysed=${scores.lastStep ?? 0}`;
    return `${scheme}://${window.location.host}/ws${window.location.pathname}?${place()}${analysed}`;
  }

  async function load() {
    const { frame, injections } = await (await get(`data/?${place()}`)).json();
    if (frame) take(frame);
    board.injections = injections;
    board.changed();
  }

  async function showNow() {
    const response = await get("now/");
    patchHtml(document.getElementById("now"), await response.text());
  }

  async function poll() {
    await Promise.all([load(), showNow()]);
  }

  function take(frame) {
    if (samples.run !== null && frame.run < samples.run) return;
    if (frame.run !== samples.run || frame.reset) {
      samples.clear(frame.run);
      scores.clear();
      board.clear();
    }
    showBanner(frame.plant);
    monitor.follow(frame.plant);
    const before = samples.lastStep ?? 0;
    if (samples.add(frame.readings, frame.follows) && samples.lastStep > before) monitor.sampled();
    scores.add(frame.analyses);
    board.addAlarms(frame.alarms);
    board.changed();
    document.documentElement.dataset.points = samples.count;
  }

  function receive(message) {
    monitor.heard();
    if (message.type !== "frame") return;
    take(message);
    const steps = message.readings.map(({ step }) => step);
    link.send({ type: "ack", run: message.run, step: Math.max(0, message.plant.step, ...steps) });
    const present = JSON.stringify(message.plant.active_faults);
    if (faults !== null && faults !== present) tryTo(load());
    faults = present;
  }

  async function begin() {
    monitor.follow({ state: dataset.state, interval_seconds: Number(dataset.interval) });
    try {
      await load();
    } catch (error) {
      console.warn("first load failed:", error.message); // the socket or the next poll brings it
    }
    link.open();
    monitor.start();
    setInterval(() => {
      if (!document.hidden) tryTo(showNow());
    }, NOW_MS);
  }

  begin();
})();
