// Drives the npm client @xapi/xapi: state, profiles, attachments, about. Takes {endpoint, key, secret, statement, texts, learner}
// on its standard input and prints what it read on its standard output.
const fs = require("node:fs");
const XAPI = require("@xapi/xapi").default;

const { endpoint, key, secret, statement, texts, learner } = JSON.parse(fs.readFileSync(0, "utf-8"));
const access = { endpoint, auth: XAPI.toBasicAuth(key, secret), version: "1.0.3" };
const client = new XAPI(access);
// In Node.js the client's usual adapter sends a multipart body under the type application/octet-stream; fetch does not.
const fetching = new XAPI({ ...access, adapter: "fetch" });
const activityId = statement.object.id;

const statusOf = (reply) => reply.then(({ status }) => status, ({ response }) => response.status);

async function documents(name, about) {
  const kind = name === "State" ? "state" : "profile";
  const about1 = { ...about, [`${kind}Id`]: "settings" };
  const created = await statusOf(client[`create${name}`]({ ...about1, [kind]: { volume: 1 }, etag: "*", matchHeader: "If-None-Match" }));
  const read = await client[`get${name}`](about1);
  const set = { ...about1, [kind]: { volume: 2 }, etag: read.headers.etag, matchHeader: "If-Match" };
  const statuses = [created, await statusOf(client[`set${name}`](set)), await statusOf(client[`set${name}`](set))];
  const again = await client[`get${name}`](about1);
  const ids = (await client[`get${name}s`](about)).data;
  statuses.push(await statusOf(client[`delete${name}`]({ ...about1, etag: again.headers.etag })));
  statuses.push(await statusOf(client[`get${name}`](about1)));
  return { statuses, contents: [read.data, again.data], ids };
}

async function run() {
  const contents = texts.map((text) => new TextEncoder().encode(text).buffer);
  const [statementId] = (await fetching.sendStatement({ statement, attachments: contents })).data;
  const read = await fetching.getStatement({ statementId, attachments: true });
  return {
    attached: statement.attachments.map(({ sha2 }) => JSON.stringify(read.data).includes(sha2)),
    state: await documents("State", { agent: learner, activityId }),
    activityProfile: await documents("ActivityProfile", { activityId }),
    agentProfile: await documents("AgentProfile", { agent: learner }),
    activity: (await client.getActivity({ activityId })).data.definition.name,
    person: (await client.getAgent({ agent: learner })).data.mbox,
    versions: (await client.getAbout()).data.version,
  };
}

run().then(
  (answer) => process.stdout.write(JSON.stringify(answer)),
  (error) => {
    const response = error.response ? ` ${error.response.status} ${JSON.stringify(error.response.data)}` : "";
    process.stderr.write(`${error.stack}${response}\n`);
    process.exitCode = 1;
  },
);
