// Keeps the page on the device, and answers from what was kept, also parts of a file, which players ask for.

const PAGES = `adem-pages-${VERSION}`;
const KEPT = "adem-kept";

addEventListener("install", (event) => {
  const kept = caches.open(PAGES).then((cache) => cache.addAll(SHELL.map((path) => new Request(path, { cache: "reload" }))));
  event.waitUntil(kept.then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const tidy = async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("adem-pages-") && name !== PAGES);
    await Promise.all(old.map((name) => caches.delete(name)));
    await clients.claim();
  };
  event.waitUntil(tidy());
});

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(registration.scope)) return;
  const path = new URL(request.url).pathname.slice(new URL(registration.scope).pathname.length);
  if (path.startsWith("files/")) event.respondWith(fromKept(request));
  else if (request.mode === "navigate" || SHELL.includes(path)) event.respondWith(fromPages(request, path));
});

/** A file of a delivery: what is kept, else what the server has; an older one rather than none. */
async function fromKept(request) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request.url);
  if (kept) return part(request, kept);
  try {
    return await fetch(request);
  } catch (error) {
    const older = await cache.match(request.url, { ignoreSearch: true });
    if (older) return part(request, older);
    throw error;
  }
}

/** A page: the newest there is. Its style and scripts have addresses of their own for each version, so the kept ones do. */
async function fromPages(request, path) {
  const cache = await caches.open(PAGES);
  const kept = await cache.match(path.endsWith("/") || path === "" ? `${path}index.html` : path);
  if (request.mode !== "navigate" && kept) return kept;
  try {
    return await fetch(request);
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

/** The part of a kept file that a player asks for, as a server would send it. */
async function part(request, kept) {
  const range = /^bytes=(\d*)-(\d*)$/.exec(request.headers.get("range") ?? "");
  if (!range || (range[1] === "" && range[2] === "")) return kept;
  const blob = await kept.blob();
  const [first, last] = range[1] === "" ? [Math.max(0, blob.size - Number(range[2])), ""] : [Number(range[1]), range[2]];
  const end = last === "" ? blob.size : Math.min(Number(last) + 1, blob.size);
  if (first >= end) {
    return new Response(null, { status: 416, headers: { "content-range": `bytes */${blob.size}` } });
  }
  const headers = {
    "accept-ranges": "bytes",
    "content-type": kept.headers.get("content-type") ?? "",
    "content-length": String(end - first),
    "content-range": `bytes ${first}-${end - 1}/${blob.size}`,
  };
  return new Response(blob.slice(first, end), { status: 206, headers });
}
