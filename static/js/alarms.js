/* The alarm list, the bar and the standing alarms follow what the server says: told by the websocket
   or by an act of ours, and by asking every 3 s otherwise; at most once a second, whatever comes. */
(() => {
  "use strict";

  const SHORTEST_MS = 1000;
  const POLL_MS = 3000;
  const PATIENCE_MS = 5000;
  let askedAt = -SHORTEST_MS;
  let timer = null;
  let busy = false;
  let again = false;
  let count = 0;

  // -- asking the server ------------------------------------------------------------------------

  function refreshSoon() {
    if (busy) again = true;
    if (busy || timer !== null) return;
    timer = setTimeout(refresh, Math.max(0, askedAt + SHORTEST_MS - performance.now()));
  }

  async function refresh() {
    timer = null;
    busy = true;
    askedAt = performance.now();
    try {
      await Promise.all([...document.querySelectorAll("[data-refresh], [data-refresh-here]")].map(renew));
      document.documentElement.dataset.alarmRefreshes = ++count;
    } catch (error) {
      console.warn("alarms not renewed:", error.message); // the next poll asks again
    } finally {
      busy = false;
      if (again) {
        again = false;
        refreshSoon();
      }
    }
  }

  const addressOf = (element) => element.dataset.refresh || window.location.pathname + window.location.search;

  async function renew(element) {
    const address = addressOf(element);
    const response = await fetch(address, {
      headers: { "HX-Request": "true", "HX-Current-URL": window.location.href },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (response.status === 401 || new URL(response.url).pathname === document.body.dataset.login) {
      window.location.reload(); // the session has ended
    }
    if (!response.ok) throw new Error(`${address}: ${response.status}`);
    const html = await response.text();
    // Opened, filtered or gone meanwhile: what was asked for is not what is shown any more.
    if (!element.isConnected || addressOf(element) !== address) return again = true;
    holdFocus(() => window.tep.patchHtml(element, html, (fresh) => keepForms(element, fresh)));
    document.dispatchEvent(new CustomEvent("alarms-renewed"));
  }

  // -- leaving the user's hands alone -----------------------------------------------------------

  const isTyped = (form) =>
    [...form.elements].some((field) => field.type !== "hidden" && field.value !== (field.defaultValue ?? field.value));

  /* An open form stands as it is; one with something typed in it stays even if its alarm is gone. */
  function keepForms(element, fresh) {
    for (const kept of element.querySelectorAll("[data-keep]")) {
      const twin = fresh.querySelector(`#${CSS.escape(kept.id)}`);
      if (twin) twin.replaceWith(kept.cloneNode(true));
      else if (wantsForm() && [...kept.querySelectorAll("form")].some(isTyped)) {
        const copy = kept.cloneNode(true);
        copy.classList.add("gone");
        fresh.insertBefore(copy, fresh.querySelector(".tabs")?.nextSibling ?? fresh.firstChild);
      }
    }
  }

  const wantsForm = () => new URLSearchParams(window.location.search).has("form");

  /* A row that moves takes the focus with it: the browser drops it. */
  function holdFocus(change) {
    const { activeElement: held } = document;
    const { scrollX, scrollY } = window;
    change();
    if (held && held !== document.activeElement && held.isConnected) held.focus({ preventScroll: true });
    else if (held && held.id && !held.isConnected) document.getElementById(held.id)?.focus({ preventScroll: true });
    if (window.scrollY !== scrollY && Math.abs(window.scrollY - scrollY) < 2) window.scrollTo(scrollX, scrollY);
  }

  // -- being told -------------------------------------------------------------------------------

  document.addEventListener("pushed", ({ detail }) => {
    if ("alarms_changed" in detail || "lists_changed" in detail) refreshSoon();
  });

  /* An act of ours: say what was done, close its form. */
  document.body.addEventListener("alarms-changed", ({ detail }) => {
    const told = document.getElementById("alarm-message") || document.getElementById("notice");
    if (detail && detail.message && told) {
      told.textContent = detail.message;
      told.hidden = false;
    }
    const here = new URL(window.location.href);
    if (here.searchParams.has("form")) {
      here.searchParams.delete("form");
      here.hash = "";
      window.history.replaceState(window.history.state, "", here);
    }
    if (document.body.querySelector("#alarm-list, #alarm-bar")) {
      askedAt = -SHORTEST_MS;
      refreshSoon();
    }
  });

  /* The forms of an alarm were opened: the keyboard goes on there. */
  document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
    const opener = detail.requestConfig?.elt;
    if (opener && opener.id.startsWith("more-")) document.querySelector("[data-keep] h2")?.focus();
  });

  setInterval(refreshSoon, POLL_MS);

  // -- a page with alarms and no readings has a websocket only to be told ------------------------

  const list = document.getElementById("alarm-list");
  if (list && list.dataset.plant && window.tep.Link) {
    let run = list.dataset.run;
    let { step } = list.dataset;
    const link = new window.tep.Link({
      address: () => {
        const scheme = window.location.protocol === "https:" ? "wss" : "ws";
        const query = run === "" ? "" : `?run=${run}&after=${step}&analysed=${step}`;
        return `${scheme}://${window.location.host}/ws/plants/${list.dataset.plant}/${query}`;
      },
      onMessage: (message) => {
        if (message.type !== "frame") return;
        run = message.run ?? "";
        step = message.plant.step;
        link.send({ type: "ack", run: message.run, step });
      },
      onRefused: () => window.location.reload(),
    });
    link.open();
  }
})();
