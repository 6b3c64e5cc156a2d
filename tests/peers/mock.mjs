// npm's oauth2-mock-server, which approves at once: usage: node mock.mjs PORT
import { OAuth2Server } from 'oauth2-mock-server';

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
server.service.on('beforeUserinfo', (answer) => {
  answer.body = { sub: 'johndoe', name: 'John Doe', email: 'john@example.org' };
});
await server.start(Number(process.argv[2]), 'localhost');
console.log('listening');
