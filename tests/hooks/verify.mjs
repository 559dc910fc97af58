// Lets the verifier of Standard Webhooks, unchanged, look at messages as they came. Prints what it makes of each.
// `node verify.mjs MODULES JSON`, of messages: secret, headers, body (Base64).
import { createRequire } from 'node:module';

const [modules, told] = process.argv.slice(2);
const { Webhook } = createRequire(`${modules}/`)('standardwebhooks');

const said = JSON.parse(told).map(({ secret, headers, body }) => {
  try {
    return new Webhook(secret).verify(Buffer.from(body, 'base64').toString('utf8'), headers).type;
  } catch (fault) {
    return fault.message;
  }
});
console.log(JSON.stringify(said));
