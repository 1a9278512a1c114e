/* A button that copies what stands in a field. Without it the field is selected by hand. */
(() => {
  "use strict";

  for (const button of document.querySelectorAll("[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    const told = document.getElementById(`${button.dataset.copy}-copied`);
    button.addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
        told.textContent = gettext("Copied.");
      } catch {
        told.textContent = gettext("Press Ctrl+C: the browser does not let the page copy.");
      }
    });
  }
})();
