/* Painting on the canvas of a chart. */
(() => {
  "use strict";

  /* Runs `paint` with the canvas of a uPlot clipped to its plot. */
  function inPlot({ ctx, bbox }, paint) {
    const { left, top, width, height } = bbox;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    paint(ctx, left, top, width, height);
    ctx.restore();
  }

  window.tep.inPlot = inPlot;
})();
