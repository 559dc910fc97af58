// The frame of every page: theme, language, focus after a refusal, the way back.

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("[data-theme-switch]")) {
    const dark = document.documentElement.dataset.theme !== "dark";
    if (dark) document.documentElement.dataset.theme = "dark";
    else delete document.documentElement.dataset.theme;
    localStorage.setItem("theme", dark ? "dark" : "light");
  }
  if (target?.closest("[data-back]")) history.back();
  const language = target?.closest("[data-here] a");
  if (language instanceof HTMLAnchorElement) {
    const url = new URL(language.href);
    url.searchParams.set("next", location.pathname + location.search);
    language.href = url.toString();
  }
});

function settled(root) {
  root.querySelector("[data-focus]")?.focus();
}
document.addEventListener("htmx:afterSettle", (event) => settled(event.detail.elt));
settled(document);
