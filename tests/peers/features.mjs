// npm's oidc-provider with answers by form and with logouts: usage: node features.mjs PORT REDIRECT_URI LOGOUT_URI
import Provider from 'oidc-provider';

const [port, redirectUri, logoutUri] = process.argv.slice(2);
const provider = new Provider(`http://localhost:${port}`, {
  clients: [
    {
      client_id: 'commentkit',
      client_secret: 'a+b%41c, a secret that must be encoded',
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'client_secret_basic',
      backchannel_logout_uri: logoutUri,
      backchannel_logout_session_required: true,
      post_logout_redirect_uris: [redirectUri.replace('callback', 'logged-out')],
    },
    {
      client_id: 'plain',
      client_secret: 'a-secret-that-is-spelled-alike-everywhere',
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  pkce: { required: () => true },
  features: { backchannelLogout: { enabled: true }, revocation: { enabled: true } },
  // It dials no machine of its own network, which the tests are.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  cookies: { keys: ['for the tests alone'] },
});

provider.listen(Number(port), '127.0.0.1', () => console.log('listening'));
