/* The user's hands on the charts: keyboard, mouse, wheel, one finger and two. */
(() => {
  "use strict";

  const ZOOM = 1.6;
  const STEP = 0.2;
  /* A click may tremble by so many px. */
  const STILL = 4;

  class Hands {
    constructor(page, place) {
      this.page = page;
      this.place = place;
      this.pointers = new Map();
      this.pressed = null;
      place.addEventListener("keydown", (event) => this.key(event));
    }

    act(name) {
      const { page } = this;
      const acts = {
        earlier: () => page.pan(-STEP),
        later: () => page.pan(STEP),
        in: () => page.zoom(1 / ZOOM),
        out: () => page.zoom(ZOOM),
        all: () => page.showAll(),
        follow: () => page.follow(),
        first: () => page.showFirst(),
      };
      acts[name]();
    }

    key(event) {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const keys = { ArrowLeft: "earlier", ArrowRight: "later", "+": "in", "=": "in", "-": "out", 0: "all", End: "follow", Home: "first" };
      if (event.shiftKey && event.key.startsWith("Arrow")) this.page.moveCursor(event.key === "ArrowRight" ? 1 : -1);
      else if (event.key === "m") this.page.measure.setAtCursor();
      else if (event.key === "Escape" && this.page.measure.at !== null) this.page.measure.set(null);
      else if (keys[event.key]) this.act(keys[event.key]);
      else return;
      event.preventDefault();
    }

    /* Take hold of a chart's surface. */
    hold(plot) {
      const { over } = plot;
      over.addEventListener("wheel", (event) => this.wheel(plot, event), { passive: false });
      over.addEventListener("pointerdown", (event) => this.down(plot, event));
      over.addEventListener("pointermove", (event) => this.move(plot, event));
      over.addEventListener("pointerup", (event) => this.clicked(plot, event));
      for (const name of ["pointerup", "pointercancel"]) over.addEventListener(name, (event) => this.up(event));
    }

    wheel(plot, event) {
      if (event.ctrlKey) this.page.zoom(event.deltaY < 0 ? 1 / 1.25 : 1.25, plot.posToVal(event.offsetX, "x"));
      else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.page.pan(Math.sign(event.deltaX || event.deltaY) * 0.1);
      else return;
      event.preventDefault();
    }

    /* A finger moves the charts; a mouse does with Shift, since without it zooms. */
    down(plot, event) {
      if (event.pointerType === "mouse" && !event.shiftKey) return;
      plot.over.setPointerCapture(event.pointerId);
      this.pointers.set(event.pointerId, event.clientX);
      this.pressed = event.pointerType === "mouse" ? event.clientX : null;
      this.grip(plot);
    }

    /* What lies under each finger stays there. */
    grip(plot) {
      const { left } = plot.over.getBoundingClientRect();
      this.gripped = [...this.pointers].map(([id, x]) => [id, plot.posToVal(x - left, "x")]);
    }

    move(plot, event) {
      if (!this.pointers.has(event.pointerId)) return;
      if (this.pressed !== null && Math.abs(event.clientX - this.pressed) < STILL) return;
      this.pressed = null;
      this.pointers.set(event.pointerId, event.clientX);
      const { left, width } = plot.over.getBoundingClientRect();
      const [min, max] = this.page.range;
      const at = this.gripped.map(([id, value]) => [(this.pointers.get(id) - left) / width, value]);
      if (at.length === 1) {
        const from = at[0][1] - at[0][0] * (max - min);
        this.page.moveTo(from);
      } else if (Math.abs(at[1][0] - at[0][0]) > 0.02) {
        const scale = (at[1][1] - at[0][1]) / (at[1][0] - at[0][0]);
        if (scale > 0) this.page.show([at[0][1] - at[0][0] * scale, at[0][1] + (1 - at[0][0]) * scale]);
      }
    }

    /* With Shift and without a way it measures from here. */
    clicked(plot, event) {
      if (!this.pointers.has(event.pointerId) || this.pressed === null) return;
      this.page.measure.set(plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, "x"));
    }

    up(event) {
      this.pressed = null;
      this.pointers.delete(event.pointerId);
      if (this.gripped) this.gripped = this.gripped.filter(([id]) => this.pointers.has(id));
    }
  }

  window.tep.Hands = Hands;
})();
