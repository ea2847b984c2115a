// Keeps the files of the page, so that it opens without a network. With one, what is on the server counts.

const KEPT = `adem-pack ${self.registration.scope}`;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function fresh(request) {
  const answer = await fetch(request, { cache: "no-cache" });
  if (answer.ok && answer.status === 200) await (await caches.open(KEPT)).put(request.url.split(/[?#]/)[0], answer.clone());
  return answer;
}

async function answer(request) {
  try {
    return await fresh(request);
  } catch (error) {
    const kept = await (await caches.open(KEPT)).match(request.url.split(/[?#]/)[0]);
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && request.url.startsWith(self.registration.scope)) event.respondWith(answer(request));
});

self.addEventListener("message", (event) => {
  const { data } = event;
  const keep = async () => {
    const cache = await caches.open(KEPT);
    for (const name of data.keep) {
      const url = new URL(name, self.registration.scope).href;
      if (!(await cache.match(url))) await fresh(new Request(url)).catch(() => {});
    }
  };
  if (Array.isArray(data?.keep)) event.waitUntil(keep());
});
