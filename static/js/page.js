/* What every page needs of htmx: a dialog for confirmations, and errors told in words. */
(() => {
  "use strict";

  const MESSAGE_MS = 15_000;
  const notice = document.getElementById("notice");
  const dialog = document.getElementById("confirm");

  function tell(text) {
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

  /* A session that has ended is answered with the login page; the whole page must go there. */
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.responseURL && new URL(xhr.responseURL).pathname === document.body.dataset.login) {
      event.detail.shouldSwap = false;
      window.location.reload();
    }
  });

  document.body.addEventListener("htmx:responseError", (event) => {
    const { status, responseText } = event.detail.xhr;
    if (responseText.includes('id="csrf-failure"')) {
      tell("You have logged in or out since this page was loaded, so nothing was changed. Load it again.");
      return;
    }
    const words = {
      403: "Your account may not do this. Nothing was changed.",
      404: "That no longer exists. Load the page again.",
      503: "The service is not available right now. Try again in a moment.",
    };
    tell(words[status] || `The server answered with an error (${status}). See its log.`);
  });

  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.body.addEventListener(name, () => {
      tell("The server did not answer. Whether it did what you asked is not known; look again.");
    });
  }

  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) tell("");
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
