/* What every page needs of htmx: a dialog for confirmations, and errors told in words. */
(() => {
  "use strict";

  const MESSAGE_MS = 15_000;
  const notice = document.getElementById("notice");
  const dialog = document.getElementById("confirm");

  /* Words stand in the page, where they can be translated. */
  const words = notice.dataset;
  let failed = null; // the address that the notice is about

  function tell(text, address = null) {
    failed = text ? address : null;
    notice.textContent = text;
    notice.hidden = !text;
  }

  document.body.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    document.getElementById("confirm-question").textContent = event.detail.question;
    dialog.returnValue = "no";
    dialog.addEventListener(
      "close",
      () => {
        if (dialog.returnValue === "yes") event.detail.issueRequest(true);
      },
      { once: true },
    );
    dialog.showModal();
  });

  /* What the server asks before an act comes as a dialog, and goes when it is answered. */
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "question") return;
    const asked = document.getElementById("question-dialog");
    if (!asked) return;
    const { elt, triggeringEvent } = event.detail.requestConfig ?? {};
    const asker = elt?.closest("form");
    asked.addEventListener(
      "close",
      () => {
        asked.remove();
        // Disabled while the server was asked, the button lost the focus: the dialog cannot give it back.
        if (document.activeElement === document.body) (triggeringEvent?.submitter ?? elt)?.focus({ preventScroll: true });
      },
      { once: true },
    );
    asked.addEventListener(
      "htmx:afterRequest",
      ({ detail }) => {
        asked.close();
        // What is done is not typed any more. Called so, because a field may be named "reset".
        if (detail.successful && asker) HTMLFormElement.prototype.reset.call(asker);
      },
      { once: true },
    );
    asked.showModal();
  });

  /* A session that has ended is answered with the login page; the whole page must go there. */
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.responseURL && new URL(xhr.responseURL).pathname === document.body.dataset.login) {
      event.detail.shouldSwap = false;
      window.location.reload();
    }
  });

  const addressOf = ({ detail }) => detail.pathInfo?.requestPath ?? null;

  document.body.addEventListener("htmx:responseError", (event) => {
    const { status, responseText } = event.detail.xhr;
    const known = { 403: words.forbidden, 404: words.gone, 429: words.often, 503: words.unavailable };
    const text = responseText.includes('id="csrf-failure"') ? words.csrf : known[status];
    tell(text || words.broken.replace("{status}", status), addressOf(event));
  });

  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.body.addEventListener(name, (event) => {
      const asked = event.detail.requestConfig?.verb === "get";
      tell(asked ? words.silent : words.unknown, addressOf(event));
    });
  }

  /* A list that renews itself must not wipe away what was said of a click. */
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful || failed === null) return;
    if (event.detail.requestConfig?.verb !== "get" || addressOf(event) === failed) tell("");
  });

  /* A menu of the header goes away by Escape, by a click elsewhere, and when the focus leaves it. */
  const menus = [...document.querySelectorAll("details.menu")];
  const closeMenus = (kept) => menus.forEach((menu) => menu.contains(kept) || (menu.open = false));
  document.addEventListener("click", ({ target }) => closeMenus(target));
  document.addEventListener("focusin", ({ target }) => closeMenus(target));
  document.addEventListener("keydown", ({ key }) => {
    const open = key === "Escape" && menus.find((menu) => menu.open);
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });

  /* An answer that stays for hours would be read as news. */
  let fading;
  document.body.addEventListener("htmx:afterSwap", () => {
    clearTimeout(fading);
    fading = setTimeout(() => {
      const message = document.getElementById("controls-message");
      if (message) message.textContent = "";
    }, MESSAGE_MS);
  });
})();
