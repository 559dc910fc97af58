// A city's identity provider: oidc-provider on loopback, with one client (the pages) and one API.
// `node serve.mjs MODULES JSON`, of issuer, port, client, secret, back, out, audience. Prints "ready".
// POST /rotate on port + 1 has it sign by another key from then on, without the one of before.
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import { pathToFileURL } from 'node:url';

const [modules, told] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(`${modules}/node_modules/oidc-provider/lib/index.js`));
const { issuer, port, client, secret, back, out, audience } = JSON.parse(told);

const PEOPLE = {
  orlova: { name: 'Орлова Е. В.', groups: ['coordinators'], hospitals: ['gkb29'], locale: 'ru-RU' },
  kim: { name: 'Kim O. S.', groups: ['seniors'], hospitals: ['city'], locale: 'en-GB' },
  stranger: { name: 'Чужой Ч. Ч.', groups: ['cleaners'], hospitals: ['gkb29'] },
};
const ROBOT = 'his';

let made = 0;
function key() {
  made += 1;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: `key-${made}`, use: 'sig', alg: 'RS256' };
}

function provider() {
  const api = {
    scope: 'marshrut', audience, accessTokenFormat: 'jwt', accessTokenTTL: 300, jwt: { sign: { alg: 'RS256' } },
  };
  return new Provider(issuer, {
    jwks: { keys: [key()] },
    clients: [
      {
        client_id: client, client_secret: secret, redirect_uris: [back], post_logout_redirect_uris: [out],
        grant_types: ['authorization_code'], response_types: ['code'],
      },
      {
        client_id: ROBOT, client_secret: secret, redirect_uris: [], response_types: [],
        grant_types: ['client_credentials'],
      },
    ],
    pkce: { required: () => true },
    claims: { openid: ['sub', 'name', 'groups', 'hospitals', 'locale'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['a key of the tests'] },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...PEOPLE[sub] }) }),
    extraTokenClaims: () => ({ groups: ['machines'], hospitals: ['gkb29'] }),
    features: {
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_ctx, of) => (of.clientId === ROBOT ? audience : undefined),
        useGrantedResource: () => true,
        getResourceServerInfo: () => api,
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = `<!doctype html><title>Out</title>${form}<button autofocus type="submit" form="op.logoutForm" value="yes" name="logout">Sign out there too</button>`;
        },
      },
    },
  });
}

let answers = provider().callback();
createServer((request, answer) => answers(request, answer)).listen(port, '127.0.0.1', () => console.log('ready'));
createServer((_request, answer) => {
  answers = provider().callback();
  answer.end();
}).listen(port + 1, '127.0.0.1');
