// Before the first paint: the colours that the reader chose, else those of the system.
const chosen = localStorage.getItem("theme");
const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
if (dark) document.documentElement.dataset.theme = "dark";
