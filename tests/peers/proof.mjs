// npm's oidc-provider with pushed requests and proofs of possession: usage: node proof.mjs PORT REDIRECT_URI
import { randomBytes } from 'node:crypto';
import Provider from 'oidc-provider';

const [port, redirectUri] = process.argv.slice(2);
const provider = new Provider(`http://localhost:${port}`, {
  clients: [
    {
      client_id: 'commentkit',
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
      dpop_bound_access_tokens: true,
    },
  ],
  pkce: { required: () => true },
  features: {
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
    revocation: { enabled: true },
  },
  cookies: { keys: ['for the tests alone'] },
});

provider.listen(Number(port), '127.0.0.1', () => console.log('listening'));
