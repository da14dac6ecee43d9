// A button beside each personal link copies it; without a script the field can be selected by hand.
// Links differ at their end, so that is what a field shows that is too narrow.
for (const field of document.querySelectorAll(".link-field")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy: ${field.getAttribute("aria-label")}`);
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy"); // without HTTPS there is no clipboard
    }
    button.textContent = "Copied";
  });
  field.after(button);
  field.scrollLeft = field.scrollWidth;
}
