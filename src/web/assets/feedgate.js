// What the pages do beyond HTML. All of it is convenience: without it every form and link works.
"use strict";
(() => {
  const quiet = (event) => document.hidden
    || document.querySelector("[data-dirty]")
    || document.querySelector("input[type=checkbox][data-row]:checked")
    || !(getSelection() || { isCollapsed: true }).isCollapsed;

  // Live regions: one small question every two seconds; where something has changed, the page is fetched and its live
  // regions are put in place of the old ones. They never hold inputs.
  const EVERY = 2000;
  const SLOWER = 15000;
  let tag = null;
  let paused = false;
  let wait = EVERY;

  const swap = async () => {
    const answer = await fetch(location.href, { headers: { "x-feedgate-live": "1" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const region of document.querySelectorAll("[data-live]")) {
      const other = fresh.getElementById(region.id);
      if (!other || other.innerHTML === region.innerHTML) continue;
      const inside = region.contains(document.activeElement) ? document.activeElement : null;
      const mark = inside && (inside.id || inside.getAttribute("href"));
      region.innerHTML = other.innerHTML;
      if (mark) {
        const again = document.getElementById(mark) || region.querySelector(`[href="${CSS.escape(mark)}"]`);
        if (again) again.focus({ preventScroll: true });
      }
    }
  };

  const look = async () => {
    if (!paused && !quiet()) {
      try {
        const answer = await fetch("/live", { headers: tag ? { "if-none-match": tag } : {}, cache: "no-store" });
        wait = answer.ok || answer.status === 304 ? EVERY : SLOWER;
        if (answer.status === 204) {
          const known = tag;
          tag = answer.headers.get("etag");
          if (known) await swap();
        }
      } catch {
        wait = SLOWER;
      }
    }
    setTimeout(look, wait);
  };
  if (document.querySelector("[data-live]")) setTimeout(look, 0);

  const pause = document.querySelector("[data-pause-updates]");
  if (pause) {
    pause.hidden = false;
    pause.addEventListener("click", () => {
      paused = !paused;
      pause.textContent = paused ? "Go on updating" : "Stop updating";
    });
  }

  // A form that was changed says so, so that nothing is swapped under it.
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form");
    if (form && form.method === "post") form.setAttribute("data-dirty", "");
  });

  // Tick all rows of the page.
  for (const box of document.querySelectorAll("[data-tick-all]")) {
    box.closest("label").hidden = false;
    box.addEventListener("change", () => {
      for (const row of box.form.querySelectorAll("input[data-row]")) row.checked = box.checked;
    });
  }

  // A form is sent once.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.hasAttribute("data-sent")) { event.preventDefault(); return; }
    form.setAttribute("data-sent", "");
    addEventListener("pageshow", () => form.removeAttribute("data-sent"), { once: true });
  });
})();
