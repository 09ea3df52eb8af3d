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

  // Corrections: a row is checked while its cells are typed, and saved when one of them is left. One question at a time, so
  // that each knows the version of the draft that the one before has made.
  const rows = document.querySelector("form[data-check]");
  if (rows) {
    const PAUSE = 300;
    const cells = [...rows.querySelectorAll("input[data-cell]")];
    const rowOf = (element) => element.closest("[data-record]");
    let line = Promise.resolve();
    let waiting = 0;
    let typing = 0;

    const ask = async (row, save) => {
      const record = row.dataset.record;
      const body = new URLSearchParams({ seen: rows.elements.seen.value, record });
      const sent = [...row.querySelectorAll("input[data-cell]")].map((cell) => [cell, cell.value]);
      for (const field of row.querySelectorAll(".cells input")) body.append(field.name, field.value);
      if (save) body.append("save", "1");
      const says = document.getElementById(`v-${record}`);
      try {
        const answer = await fetch(rows.dataset.check, { method: "POST", body });
        if (!answer.ok || answer.redirected) throw answer;
        const told = await answer.json();
        rows.elements.seen.value = told.version;
        says.className = `v-${told.verdict}`;
        says.textContent = (told.saved ? "Saved. " : "") + told.says;
        for (const [cell, value] of sent) {
          if (told.verdict === "accepted") cell.removeAttribute("aria-invalid");
          if (!told.saved || cell.value !== value) continue;
          const shown = rows.elements[cell.name.replace("c.", "w.")];
          if (shown) shown.value = value;
          else if (value) { cell.value = ""; cell.placeholder = "saved"; }
        }
      } catch {
        says.className = "v-problem";
        says.textContent = "Not checked: there was no answer. “Save and check” keeps what you typed.";
      }
    };
    const check = (row, save) => {
      clearTimeout(typing);
      waiting += 1;
      line = line.then(() => ask(row, save)).then(() => { waiting -= 1; });
    };
    // The form follows what is being saved, or it would not know that version.
    rows.addEventListener("submit", (event) => {
      clearTimeout(typing);
      if (!waiting) return;
      event.preventDefault();
      event.stopPropagation();
      line.then(() => rows.requestSubmit(event.submitter));
    });
    rows.addEventListener("input", (event) => {
      if (!event.target.matches("[data-cell]")) return;
      clearTimeout(typing);
      typing = setTimeout(check, PAUSE, rowOf(event.target), false);
    });
    rows.addEventListener("change", (event) => {
      if (event.target.matches("[data-cell]")) check(rowOf(event.target), true);
    });

    document.getElementById("keys").hidden = false;
    rows.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.ctrlKey) {
        event.preventDefault();
        rows.requestSubmit(document.getElementById("resubmit"));
        return;
      }
      const at = cells.indexOf(event.target);
      if (at < 0 || event.altKey || event.metaKey || event.ctrlKey || event.isComposing) return;
      let next = null;
      if (event.key === "Enter") next = cells[at + 1] || document.getElementById("resubmit");
      else if (event.key === "Tab") next = cells[at + (event.shiftKey ? -1 : 1)];
      else if (event.key === "Escape") next = rowOf(event.target).querySelector(".acts button, .acts input");
      if (!next) return;
      event.preventDefault();
      next.focus();
      if (next.select) next.select();
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
