// Pages in a real browser: serves them from an origin of their own, starts Chromium, and closes both in the end.
const fs = require("node:fs");
const http = require("node:http");
const { chromium } = require("playwright-core");

const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// Serves the pages, {path: html}, and the scripts, {path: file}, on a port of the loopback, as http://localhost:PORT.
async function servePages(pages, scripts = {}) {
  const server = http.createServer((request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    const known = pages[path] !== undefined || scripts[path] !== undefined;
    const type = scripts[path] ? "text/javascript" : "text/html; charset=utf-8";
    response.writeHead(known ? 200 : 404, { "Content-Type": type });
    response.end(scripts[path] ? fs.readFileSync(scripts[path]) : pages[path]);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { origin: `http://localhost:${server.address().port}`, close: () => server.close() };
}

// Reads the script's input, runs visit(input, browser, pages) and prints what it returns.
async function main(visit, pages, scripts) {
  const given = JSON.parse(fs.readFileSync(0, "utf-8"));
  const served = await servePages(pages, scripts);
  const browser = await chromium.launch({ executablePath: given.chromium, args: FLAGS });
  try {
    process.stdout.write(JSON.stringify(await visit(given, browser, served)));
  } finally {
    await browser.close();
    served.close();
  }
}

module.exports = { main };
