// A button that copies what stands in an element: `data-copy` is its id. Without a clipboard it is selected.

for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  const source = button && document.getElementById(button.dataset.copy);
  if (!source) return;
  let done = true;
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    getSelection().selectAllChildren(source);
    done = document.execCommand("copy"); // pages that are not https have no other way
  }
  const said = document.getElementById(`${button.dataset.copy}-said`);
  said.textContent = done ? button.dataset.copied : button.dataset.selected;
  setTimeout(() => { said.textContent = ""; }, 4000);
});
