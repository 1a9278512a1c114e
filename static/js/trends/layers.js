/* The key of what is drawn around the lines: each entry says what a sign means, and switches it off. */
(() => {
  "use strict";

  class Layers {
    constructor(page) {
      this.page = page;
      this.place = document.getElementById("trend-layers");
      this.place.hidden = false;
      this.place.addEventListener("click", ({ target }) => {
        const button = target.closest("[data-layer]");
        if (button) this.turn(button.dataset.layer);
      });
    }

    turn(layer) {
      const { hidden } = this.page;
      if (!hidden.delete(layer)) hidden.add(layer);
      this.tell();
      this.page.redraw();
      this.page.address.tellSoon();
    }

    /* The form below says the same, so that *Show* keeps it. */
    tell() {
      for (const button of this.place.querySelectorAll("[data-layer]")) {
        button.setAttribute("aria-pressed", String(!this.page.hides(button.dataset.layer)));
      }
      for (const box of document.querySelectorAll('#trend-form [name="hide"]')) box.checked = this.page.hides(box.value);
    }

    /* The signs in words, as they stand in the key. */
    get words() {
      return [...this.place.querySelectorAll('[aria-pressed="true"]')].map((button) => button.title);
    }
  }

  window.tep.Layers = Layers;
})();
