// npm's oidc-provider as a generic issuer: usage: node server.mjs PORT REDIRECT_URI
import Provider from 'oidc-provider';

const [port, redirectUri] = process.argv.slice(2);
const issuer = `http://localhost:${port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'commentkit',
      client_secret: 'a+b%41c, a secret that must be encoded',
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'client_secret_post',
    },
  ],
  pkce: { required: () => true },
  claims: {
    openid: ['sub'],
    profile: ['name', 'preferred_username', 'picture', 'profile'],
    email: ['email', 'email_verified'],
  },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      name: `Peer ${id}`,
      preferred_username: id,
      email: `${id}@example.org`,
      email_verified: true,
    }),
  }),
  features: { revocation: { enabled: true } },
  cookies: { keys: ['for the tests alone'] },
});

const seen = { nonce: 0, challenge: 0 };
provider.use(async (context, next) => {
  if (context.path === '/auth') {
    if (context.query.nonce) seen.nonce += 1;
    if (context.query.code_challenge_method === 'S256') seen.challenge += 1;
  }
  if (context.path === '/seen') {
    context.body = seen;
    return;
  }
  await next();
});

provider.listen(Number(port), '127.0.0.1', () => console.log('listening'));
