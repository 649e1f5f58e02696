// Sends a statement from a page of an origin that the store does not know. Takes {chromium, endpoint, key, secret, one}
// and prints {origin, status}: the status that the page saw, 0 when the browser kept the reply from it.
const { main } = require("./browser.cjs");

const PAGE = `<!doctype html><title>Content</title><script src="/xapiwrapper.js"></script>`;
const SCRIPTS = { "/xapiwrapper.js": require.resolve("xapiwrapper/dist/xapiwrapper.min.js") };

function use({ endpoint, key, secret, one }) {
  ADL.XAPIWrapper.changeConfig({ endpoint, auth: "Basic " + btoa(key + ":" + secret), strictCallbacks: true });
  return new Promise((settled) => ADL.XAPIWrapper.sendStatement(one, (error, xhr) => settled(xhr.status)));
}

async function visit(given, browser, pages) {
  const page = await browser.newPage();
  await page.goto(pages.origin);
  return { origin: pages.origin, status: await page.evaluate(use, given) };
}

main(visit, { "/": PAGE }, SCRIPTS);
