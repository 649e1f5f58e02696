// Drives the npm client adl-xapiwrapper, ADL's wrapper for Node.js. Takes {endpoint, key, secret, batch, learner} on its
// standard input and prints what it read on its standard output.
const fs = require("node:fs");
const { XAPIWrapper } = require("adl-xapiwrapper");

const { endpoint, key, secret, batch, learner } = JSON.parse(fs.readFileSync(0, "utf-8"));
const wrapper = new XAPIWrapper({ url: endpoint, auth: { user: key, pass: secret } });

const call = (method, ...given) =>
  new Promise((settled, failed) =>
    wrapper[method](...given, (error, response, body) =>
      error ? failed(error) : settled({ status: response.statusCode, etag: response.headers.etag, body }),
    ),
  );

async function documents(name, about) {
  const made = await call(`send${name}`, ...about, { volume: 1 }, null, "*");
  const read = await call(`get${name}`, ...about, null);
  const merged = await call(`send${name}`, ...about, { captions: true }, read.etag, null);
  const stale = await call(`send${name}`, ...about, { captions: false }, read.etag, null);
  const again = await call(`get${name}`, ...about, null);
  return { statuses: [made.status, merged.status, stale.status], content: JSON.parse(again.body) };
}

async function run() {
  const activity = batch[0].object.id;
  const sent = await call("sendStatements", batch);
  const pages = [];
  let page = JSON.parse((await call("getStatements", { activity, limit: 2, ascending: true }, null)).body);
  for (;;) {
    pages.push(page.statements.map((statement) => statement.id));
    if (!page.more) break;
    page = JSON.parse((await call("getStatements", null, page.more)).body);
  }
  return {
    ids: JSON.parse(sent.body),
    pages,
    state: await documents("State", [activity, learner, "settings", null]),
    activityProfile: await documents("ActivityProfile", [activity, "settings"]),
    agentProfile: await documents("AgentProfile", [learner, "settings"]),
    activity: JSON.parse((await call("getActivities", activity)).body).definition.name,
    person: JSON.parse((await call("getAgents", learner)).body).mbox,
  };
}

run().then(
  (answer) => process.stdout.write(JSON.stringify(answer)),
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  },
);
