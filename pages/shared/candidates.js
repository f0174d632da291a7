// The rows come as markup whose names are escaped; a click on a button is told by what it opens.
export default function ({ parentElement, data, setTriggerValue }) {
  let root = parentElement.querySelector(".candidates");
  if (!root) {
    root = document.createElement("div");
    root.className = "candidates";
    parentElement.appendChild(root);
    root.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-open]");
      if (button) root.tell(button.dataset.open);
    });
  }
  root.tell = (what) => setTriggerValue("open", what);
  if (root.shown === data.html) return;
  const focused = parentElement.activeElement?.dataset?.open;
  root.innerHTML = root.shown = data.html;
  if (focused) root.querySelector(`button[data-open="${CSS.escape(focused)}"]`)?.focus();
}
