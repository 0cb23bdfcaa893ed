"use strict";
// Everything works without this file; it saves clicks. Listeners stand on the document, since parts of pages are replaced.
(() => {
  const copied = document.body.dataset.copied;

  // Buttons that copy are of no use without a script, and hidden until then.
  const reveal = (root) => root.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });
  reveal(document);
  document.addEventListener("htmx:afterSwap", (event) => reveal(event.target));
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = copied;
  });

  // Fields that differ from what is stored are marked and counted, and not left unawares.
  let leaving = false;
  const differs = (one) => {
    if (one.type === "checkbox" || one.type === "radio") return one.checked !== one.defaultChecked;
    if (one.tagName === "SELECT") return one.selectedIndex !== Math.max(0, [...one.options].findIndex((option) => option.defaultSelected));
    return one.value !== (one.dataset.stored ?? one.defaultValue);
  };
  const changed = (form) => [...form.elements].filter((one) =>
    one.name && one.type !== "hidden" && one.tagName !== "BUTTON" && differs(one));
  const mark = (form) => {
    for (const one of form.elements) one.classList.remove("changed");
    const all = changed(form);
    for (const one of all) one.classList.add("changed");
    const told = form.querySelector("[data-unsaved]");
    if (told) told.textContent = all.length ? told.dataset.unsaved.replace("{}", all.length) : "";
  };
  document.querySelectorAll("form[data-watch]").forEach((form) => {
    mark(form);
    form.addEventListener("input", () => mark(form));
    form.addEventListener("submit", () => { leaving = true; });
  });
  window.addEventListener("beforeunload", (event) => {
    const open = [...document.querySelectorAll("form[data-watch]")].some((form) => changed(form).length);
    if (open && !leaving) event.preventDefault();
  });

  // A list is narrowed while one types.
  document.addEventListener("input", (event) => {
    const list = event.target.dataset.filter && document.querySelector(event.target.dataset.filter);
    if (!list) return;
    const wanted = event.target.value.trim().toLowerCase();
    for (const row of list.children) row.hidden = !row.textContent.toLowerCase().includes(wanted) &&
      ![...row.querySelectorAll("input")].some((one) => one.value.toLowerCase().includes(wanted));
  });
})();
