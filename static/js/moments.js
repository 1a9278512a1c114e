/* Writes the text of every <time data-moment> in the user's zone, as accounts/moments.py does.

   A page comes in the right zone already, but for the very first one of a browser; what is pushed is
   rendered once for everybody, in UTC, and rewritten before it stands in the page. */
(() => {
  "use strict";

  const YEAR_SECONDS = 365 * 24 * 3600;
  const MONTHS = [
    gettext("Jan"), gettext("Feb"), gettext("Mar"), gettext("Apr"), gettext("May"), gettext("Jun"),
    gettext("Jul"), gettext("Aug"), gettext("Sep"), gettext("Oct"), gettext("Nov"), gettext("Dec"),
  ];
  const chosen = document.documentElement.dataset.zone;
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const formats = formatsOf(chosen || own);

  /* null where the browser does not know the zone: then the server's texts stay. */
  function formatsOf(timeZone) {
    try {
      return new Intl.DateTimeFormat("en-GB", {
        timeZone,
        hourCycle: "h23",
        year: "numeric",
        month: "2-digit",
        day: "2-digit",
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
        timeZoneName: "longOffset",
      });
    } catch {
      return null;
    }
  }

  /* "GMT+05:30" as "UTC+5:30" */
  function offsetWords(name) {
    const found = /([+-−])(\d{2}):?(\d{2})/u.exec(name);
    if (!found || (found[2] === "00" && found[3] === "00")) return "UTC";
    const minutes = found[3] === "00" ? "" : `:${found[3]}`;
    return `UTC${found[1] === "+" ? "+" : "−"}${Number(found[2])}${minutes}`;
  }

  /* A Date as text: full, short, clock or date. */
  function momentText(date, style = "full") {
    if (!formats) return date.toISOString().slice(0, 19).replace("T", " ") + " UTC";
    const at = Object.fromEntries(formats.formatToParts(date).map(({ type, value }) => [type, value]));
    const clock = `${at.hour}:${at.minute}:${at.second}`;
    const day = `${at.year}-${at.month}-${at.day}`;
    const words = {
      full: `${day} ${clock}`,
      short: `${Number(at.day)} ${MONTHS[Number(at.month) - 1]} ${clock}`,
      clock,
      date: day,
    };
    return `${words[style] || words.full} ${offsetWords(at.timeZoneName)}`;
  }

  function rewrite(root) {
    if (!formats) return;
    for (const element of root.querySelectorAll("time[data-moment]")) {
      const date = new Date(element.dateTime);
      if (Number.isNaN(date.getTime())) continue;
      const text = momentText(date, element.dataset.moment);
      if (element.textContent !== text) element.textContent = text;
    }
  }

  if (!chosen && formats) {
    const secure = window.location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `zone=${own}; path=/; max-age=${YEAR_SECONDS}; SameSite=Lax${secure}`;
  }
  window.tep.onFresh(rewrite);
  window.tep.momentText = momentText;
})();
