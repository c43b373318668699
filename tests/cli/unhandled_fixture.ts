/** The program with a defect in it: a promise that fails while nobody looks. */
import { Secret } from "../../src/secret.ts";

const secret = new Secret("at-left-in-a-defect");
setTimeout(() => {
  Promise.reject(new Error(`The token ${secret.expose()} is odd`));
});
await import("../../src/main.ts");
