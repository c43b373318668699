import { openSops } from "../support/sops.ts";
import { testStore } from "./contract.ts";

for (const format of ["json", "yaml"] as const) {
  testStore(`sopsStore() in ${format}`, async (clock) => await openSops(format, { clock }));
}
