// Sends messages by the MLLP client of node-hl7-client, one after the other on one connection, and prints each answer.
// `node send.mjs MODULES JSON`, of port, messages and, for TLS, files: tls.ca, tls.cert, tls.key.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [modules, told] = process.argv.slice(2);
const { Client, Message } = createRequire(`${modules}/`)('node-hl7-client');
const { port, tls, messages } = JSON.parse(told);
const files = tls && Object.fromEntries(Object.entries(tls).map(([name, file]) => [name, readFileSync(file)]));

const client = new Client({ host: '127.0.0.1', ...(files && { tls: files }) });
let answered;
const connection = client.createConnection({ port, maxConnectionAttempts: 1 }, (answer) => answered(answer.getMessage()));
connection.on('client.error', (fault) => { console.error(fault.message); process.exit(1); });

const answers = [];
for (const text of messages) {
  const answer = new Promise((resolve) => { answered = resolve; });
  await connection.sendMessage(new Message({ text }));
  const message = await answer;
  answers.push([message.get('MSA.1').toString(), message.get('MSA.2').toString(), message.get('MSH.12').toString()]);
}
await connection.close();
console.log(JSON.stringify(answers));
process.exit(0);
