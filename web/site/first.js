// Before anything is drawn: that scripts run, and the colours that were chosen.
{
  const root = document.documentElement;
  root.classList.add("js");
  try {
    root.dataset.theme = localStorage.getItem("adem.theme") || "auto";
  } catch {
    root.dataset.theme = "auto";
  }
}
