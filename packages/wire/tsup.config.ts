import { defineConfig } from "tsup";
import { library } from "../../tsup.base.ts";

export default defineConfig(
  library([
    "src/index.ts",
    "src/tcp/index.ts",
    "src/tls/index.ts",
    "src/node/index.ts",
    "src/conformance/index.ts",
  ]),
);
