// A real Chromium for the scripts of this folder: the one that CHROMIUM names, else Debian's, without calls home.
import { chromium } from 'playwright-core';

export function launchBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Notes what a page asks for at other origins than the server's and the others that it may, and what it complains about. */
export function watch(page, ...origins) {
  const allowed = origins.map((url) => new URL(url));
  const seen = { foreign: [], complaints: [], sockets: [] };
  const isForeign = (url) => !allowed.some((origin) => new URL(url).host === origin.host);
  page.on('request', (request) => {
    if (!request.url().startsWith('data:') && isForeign(request.url())) seen.foreign.push(request.url());
  });
  page.on('websocket', (socket) => {
    seen.sockets.push(socket.url());
    if (isForeign(socket.url())) seen.foreign.push(socket.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error') seen.complaints.push(message.text());
  });
  page.on('pageerror', (error) => seen.complaints.push(error.message));
  return seen;
}
