// Drives the npm client tincanjs: statements, state, profiles, attachments, about. Takes {endpoint, key, secret, one, batch,
// attached, texts, learner} on its standard input and prints what it read on its standard output.
const fs = require("node:fs");
const TinCan = require("tincanjs");

const given = JSON.parse(fs.readFileSync(0, "utf-8"));
const lrs = new TinCan.LRS({
  endpoint: given.endpoint,
  username: given.key,
  password: given.secret,
  version: "1.0.2",
  allowFail: false,
});

// Returns {error, result} of one call; result is the client's own object, or its request when there is none.
function call(method, ...parts) {
  const settings = { ...parts.pop() };
  return new Promise((settled) =>
    lrs[method](...parts, { ...settings, callback: (error, result) => settled({ error, result }) }),
  );
}

async function pagesOf(activity) {
  const pages = [];
  let page = await call("queryStatements", { params: { activity: new TinCan.Activity({ id: activity }), limit: 2, ascending: true } });
  for (;;) {
    pages.push(page.result.statements.map((statement) => statement.id));
    if (!page.result.more) return pages;
    page = await call("moreStatements", { url: page.result.more });
  }
}

async function states(activity, agent) {
  const key = { activity, agent };
  const saved = await call("saveState", "bookmark", "page 3", { ...key, contentType: "text/plain" });
  const read = await call("retrieveState", "bookmark", key);
  const changed = await call("saveState", "bookmark", "page 4", { ...key, contentType: "text/plain", lastSHA1: read.result.etag });
  const stale = await call("saveState", "bookmark", "page 5", { ...key, contentType: "text/plain", lastSHA1: read.result.etag });
  const after = await call("retrieveState", "bookmark", key);
  const ids = await call("retrieveStateIds", key);
  const dropped = await call("dropState", "bookmark", key);
  const gone = await call("retrieveState", "bookmark", key);
  return {
    errors: [saved, changed, stale, dropped].map(({ error }) => error),
    contents: [read.result.contents, after.result.contents],
    ids: ids.result,
    gone: gone.result,
  };
}

async function profiles(name, key) {
  const saved = await call(`save${name}Profile`, "settings", { volume: 1 }, { ...key, contentType: "application/json" });
  const read = await call(`retrieve${name}Profile`, "settings", key);
  const changed = await call(`save${name}Profile`, "settings", { volume: 2 }, { ...key, contentType: "application/json", lastSHA1: read.result.etag });
  const again = await call(`retrieve${name}Profile`, "settings", key);
  const ids = await call(`retrieve${name}ProfileIds`, key);
  return {
    errors: [saved.error, changed.error],
    contents: [read.result.contents, again.result.contents],
    ids: ids.result,
  };
}

async function attachments() {
  const contents = given.attached.map((attachment, number) => ({
    ...attachment,
    content: TinCan.Utils.stringToArrayBuffer(given.texts[number]),
  }));
  const statement = new TinCan.Statement({ ...given.one, attachments: contents }, { storeOriginal: false });
  const saved = await call("saveStatement", statement, {});
  const read = await call("retrieveStatement", statement.id, { params: { attachments: true } });
  const texts = read.result.attachments.map(({ content }) => TinCan.Utils.stringFromArrayBuffer(content));
  return { error: saved.error, texts };
}

async function run() {
  const activity = new TinCan.Activity({ id: given.one.object.id });
  const agent = new TinCan.Agent(given.learner);
  const one = new TinCan.Statement(given.one);
  const saved = await call("saveStatement", one, {});
  const batch = await call("saveStatements", given.batch.map((statement) => new TinCan.Statement(statement)), {});
  const read = await call("retrieveStatement", one.id, {});
  return {
    saved: saved.error,
    oneId: one.id,
    batchError: batch.error,
    oneRead: read.result.asVersion("1.0.2"),
    pages: await pagesOf(activity.id),
    state: await states(activity, agent),
    activityProfile: await profiles("Activity", { activity }),
    agentProfile: await profiles("Agent", { agent }),
    activity: (await call("retrieveActivity", activity.id, {})).result.definition.name,
    attachments: await attachments(),
    versions: (await call("about", {})).result.version,
  };
}

run().then(
  (answer) => process.stdout.write(JSON.stringify(answer)),
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  },
);
