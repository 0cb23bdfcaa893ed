"use strict";
// Everything works without this file, by reading the page again. With it, the parts of a page that are alive are asked for
// every second and put in place only where they differ; nobody loses their place, the line they had opened, or the focus.
(() => {
  const from = document.body.dataset.alive;
  if (!from) return;
  let busy = false;

  const known = (part) => [...part.querySelectorAll("details[id]")].filter((one) => one.open).map((one) => one.id);

  // The first thing that is seen is to stay where it is, whatever comes in above it.
  const anchor = () => [...document.querySelectorAll("[data-row]")].find((one) => one.getBoundingClientRect().bottom > 0);

  const put = (old, fresh) => {
    const open = known(old);
    const chosen = [...old.querySelectorAll("select[id]")].map((one) => [one.id, one.value]);
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    const seen = window.scrollY > 0 ? anchor() : null;
    const top = seen?.getBoundingClientRect().top;
    old.replaceWith(fresh);
    for (const id of open) { const one = document.getElementById(id); if (one) one.open = true; }
    for (const [id, value] of chosen) { const one = document.getElementById(id); if (one) one.value = value; }
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    const now = seen && document.querySelector(`[data-row="${CSS.escape(seen.dataset.row)}"]`);
    if (now) window.scrollBy(0, now.getBoundingClientRect().top - top);
  };

  const last = new Map();
  const refresh = async () => {
    if (busy || document.hidden) return;
    busy = true;
    try {
      const answer = await fetch(from);
      if (!answer.ok) return;
      const read = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const fresh of read.querySelectorAll("[data-part]")) {
        const old = document.getElementById(fresh.id);
        const text = fresh.innerHTML;
        if (!old || (last.get(fresh.id) ?? old.innerHTML) === text) continue;
        last.set(fresh.id, text);
        put(old, document.importNode(fresh, true));
      }
      document.dispatchEvent(new Event("refreshed"));
    } catch {
      // The runner has ended; what is shown stays.
    } finally {
      busy = false;
    }
  };
  setInterval(refresh, 1000);

  // What buttons do is seen in the parts, so that the page need not be read again.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    event.preventDefault();
    const given = new URLSearchParams(new FormData(form, event.submitter));
    const to = event.submitter?.getAttribute("formaction") ?? form.getAttribute("action");
    try {
      await fetch(to, { method: "POST", body: given, redirect: "manual" });
    } finally {
      await refresh();
    }
  });
})();
