// Drives ADL's xAPIWrapper (npm xapiwrapper) in a page of another origin. Takes {chromium, endpoint, key, secret, one, batch,
// attached, learner} and prints what the page read: {origin, saved, sent, oneRead, pages, ..}.
const { main } = require("./browser.cjs");

const PAGE = `<!doctype html><title>Content</title><script src="/xapiwrapper.js"></script>`;
const SCRIPTS = { "/xapiwrapper.js": require.resolve("xapiwrapper/dist/xapiwrapper.min.js") };

// Runs in the page.
async function use({ endpoint, key, secret, one, batch, attached, learner }) {
  ADL.XAPIWrapper.changeConfig({ endpoint, auth: "Basic " + btoa(key + ":" + secret), strictCallbacks: true });
  ADL.XAPIWrapper.base = new URL(endpoint).origin; // what "more" is put behind
  const call = (method, ...given) =>
    new Promise((settled) =>
      ADL.XAPIWrapper[method](...given, (error, xhr, body) =>
        settled({ status: xhr.status, text: xhr.responseText, body, header: (name) => xhr.getResponseHeader(name) }),
      ),
    );
  const tag = (reply) => reply.header("ETag").replaceAll('"', "");
  const activity = one.object.id;
  const saved = await new Promise((settled) => ADL.XAPIWrapper.sendStatement(one, (error, xhr, sent) => settled({ status: xhr.status, id: sent.id })));
  const sent = await call("sendStatements", batch);
  const oneRead = await call("getStatements", { statementId: saved.id }, null);
  const pages = [];
  let page = await call("getStatements", { activity, limit: 2, ascending: true }, null);
  for (;;) {
    pages.push(page.body.statements.map((statement) => statement.id));
    if (!page.body.more) break;
    page = await call("getStatements", null, page.body.more);
  }
  const withFile = await new Promise((settled) =>
    ADL.XAPIWrapper.sendStatement(attached.statement, (error, xhr) => settled({ status: xhr.status, text: xhr.responseText }), [
      { type: attached.type, value: attached.text },
    ]),
  );

  const state = ["sendState", activity, learner, "bookmark", null];
  const first = await call(...state, { at: 3 }, null, "*");
  const read = await call("getState", activity, learner, "bookmark", null, null);
  const second = await call(...state, { at: 4 }, tag(read), null);
  const stale = await call(...state, { at: 5 }, tag(read), null);
  const after = await call("getState", activity, learner, "bookmark", null, null);
  const listed = await call("getState", activity, learner, null, null, null);
  const gone = await call("deleteState", activity, learner, "bookmark", null, tag(after), null);
  const missing = await call("getState", activity, learner, "bookmark", null, null);

  const profiles = {};
  for (const [name, subject] of [["ActivityProfile", activity], ["AgentProfile", learner]]) {
    const made = await call("send" + name, subject, "settings", { volume: 1 }, null, "*");
    const found = await call("get" + name, subject, "settings", null);
    const changed = await call("send" + name, subject, "settings", { captions: true }, tag(found), null);
    const merged = await call("get" + name, subject, "settings", null);
    const deleted = await call("delete" + name, subject, "settings", tag(merged), null);
    profiles[name] = { statuses: [made.status, changed.status, deleted.status], merged: merged.body };
  }
  return {
    saved,
    sent: { status: sent.status, ids: sent.body },
    oneRead: oneRead.body,
    consistentThrough: oneRead.header("X-Experience-API-Consistent-Through"),
    pages,
    withFile,
    state: {
      statuses: [first, second, stale, gone, missing].map((reply) => reply.status),
      contents: [read.body, after.body],
      ids: listed.body,
    },
    profiles,
    activity: (await call("getActivities", activity)).body,
    person: (await call("getAgents", learner)).body,
    about: (await new Promise((settled) => ADL.XHR_request({}, endpoint + "about", "GET", null, null, (error, xhr, body) => settled(body), null, false, null, false, true))),
  };
}

async function visit(given, browser, pages) {
  const page = await browser.newPage();
  await page.goto(pages.origin);
  return { origin: pages.origin, ...(await page.evaluate(use, given)) };
}

main(visit, { "/": PAGE }, SCRIPTS);
