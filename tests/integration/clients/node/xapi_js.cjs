// Drives the npm client @xapi/xapi: save, batch save, read back. Takes {endpoint, key, secret, one, batch} on its standard
// input and prints {oneId, batchIds, oneRead, batchRead, pages} on its standard output.
const XAPI = require("@xapi/xapi").default;

async function pagesOf(client, activity) {
  const pages = [];
  let page = (await client.getStatements({ activity, limit: 2, ascending: true })).data;
  for (;;) {
    pages.push(page.statements);
    if (!page.more) return pages;
    page = (await client.getMoreStatements({ more: page.more })).data;
  }
}

async function run({ endpoint, key, secret, one, batch }) {
  const client = new XAPI({ endpoint, auth: XAPI.toBasicAuth(key, secret), version: "1.0.3" });
  const [oneId] = (await client.sendStatement({ statement: one })).data;
  const batchIds = (await client.sendStatements({ statements: batch })).data;
  const oneRead = (await client.getStatement({ statementId: oneId })).data;
  const batchRead = [];
  for (const statementId of batchIds) batchRead.push((await client.getStatement({ statementId })).data);
  return { oneId, batchIds, oneRead, batchRead, pages: await pagesOf(client, one.object.id) };
}

let input = "";
process.stdin.on("data", (chunk) => (input += chunk));
process.stdin.on("end", () =>
  run(JSON.parse(input)).then(
    (answer) => process.stdout.write(JSON.stringify(answer)),
    (error) => {
      const response = error.response ? ` ${error.response.status} ${JSON.stringify(error.response.data)}` : "";
      process.stderr.write(`${error.stack}${response}\n`);
      process.exitCode = 1;
    },
  ),
);
