// Opens a course again and again; the learner completes it and leaves at once, by closing or by going elsewhere. Takes
// {chromium, endpoint, key, secret, contentType, statements} and prints {origin, left}: how many times each way was taken.
const { main } = require("./browser.cjs");

// What a course player does in pagehide: its last batch and its bookmark, in the alternate syntax, all in the body.
const COURSE = `<!doctype html><title>Course</title><script>
  let last;
  function complete(given) { last = given; }
  function send(resource, method, fields) {
    const body = new URLSearchParams({
      Authorization: last.authorization,
      "X-Experience-API-Version": "1.0.2",
      ...fields,
    }).toString();
    fetch(last.endpoint + resource + "?method=" + method, {
      method: "POST",
      keepalive: true,
      credentials: "include",
      headers: { "Content-Type": last.contentType },
      body,
    });
  }
  addEventListener("pagehide", () => {
    send("statements", "POST", { "Content-Type": "application/json", content: JSON.stringify([last.statement]) });
    send("activities/state", "PUT", {
      "Content-Type": "application/octet-stream",
      activityId: last.statement.object.id,
      agent: JSON.stringify(last.statement.actor),
      stateId: "bookmark",
      content: last.statement.id,
    });
  });
</script>`;

const WAYS = {
  closed: (page) => page.close(),
  elsewhere: async (page) => { await page.goto("about:blank"); await page.close(); },
  itself: async (page) => { await Promise.all([page.waitForEvent("close"), page.evaluate(() => { setTimeout(() => window.close(), 0); })]); },
};

async function visit({ endpoint, key, secret, contentType, statements }, browser, pages) {
  const authorization = `Basic ${Buffer.from(`${key}:${secret}`).toString("base64")}`;
  const context = await browser.newContext();
  const launcher = await context.newPage();
  await launcher.goto(`${pages.origin}/launcher`);
  const left = {};
  for (const [number, statement] of statements.entries()) {
    const way = Object.keys(WAYS)[number % 3];
    const [course] = await Promise.all([
      context.waitForEvent("page"),
      launcher.evaluate(() => { window.open("/course", "_blank", "popup"); }),
    ]);
    await course.waitForFunction(() => typeof complete === "function");
    await course.evaluate((given) => complete(given), { endpoint, authorization, contentType, statement });
    await WAYS[way](course);
    left[way] = (left[way] || 0) + 1;
  }
  await launcher.waitForTimeout(500);
  return { origin: pages.origin, left };
}

main(visit, { "/course": COURSE, "/launcher": "<!doctype html><title>Launcher</title>" });
