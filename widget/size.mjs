// Fails when a built file outgrows its bound (gzip -9, bytes).
import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";

const BOUNDS = { "embed.js": 6000, "section.js": 8000, "own.js": 1500, "pages.js": 1000, "picture.js": 600, "away.js": 900, "host.js": 1600, "popup.js": 500, "mailed.js": 500, "passkey.js": 1000, "wallet.js": 800 };

for (const [name, bound] of Object.entries(BOUNDS)) {
  const size = gzipSync(readFileSync(new URL(`../src/commentkit/static/${name}`, import.meta.url)), { level: 9 }).length;
  console.log(`${name}: ${size} B of ${bound} B`);
  if (size > bound) process.exitCode = 1;
}
