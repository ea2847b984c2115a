// Leads from the first page to that of the reader's language.
{
  const links = [...document.querySelectorAll("a[hreflang]")];
  const named = (tag) => links.find((link) => link.hreflang.toLowerCase() === tag.toLowerCase());
  let chosen = null;
  try {
    chosen = localStorage.getItem("adem.language");
  } catch {
    // Nothing is remembered where storage is off.
  }
  const wanted = [chosen, ...navigator.languages].filter(Boolean);
  const found = wanted.map((tag) => named(tag) ?? named(tag.split("-")[0])).find(Boolean) ?? links[0];
  if (found) location.replace(found.getAttribute("href") + location.hash);
}
