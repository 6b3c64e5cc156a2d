// Writes the committed files under static/: the same bytes from the same sources, on any machine.
import { build } from "esbuild";

const common = {
  bundle: true,
  minify: true,
  charset: "utf8",
  legalComments: "none",
  target: ["es2022", "safari16.4"],
  absWorkingDir: import.meta.dirname,
  outdir: "../src/commentkit/static",
  logLevel: "warning",
};

await build({ ...common, entryPoints: ["src/embed.ts", "src/popup.ts", "src/mailed.ts", "src/passkey.ts", "src/wallet.ts"], format: "iife" });
await build({ ...common, entryPoints: ["src/section.ts", "src/own.ts", "src/pages.ts", "src/picture.ts", "src/away.ts", "src/host.ts"], format: "esm", external: ["./own.js", "./pages.js", "./picture.js", "./away.js", "./host.js"] });
