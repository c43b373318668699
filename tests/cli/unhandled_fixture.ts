/** The program with a defect in it: a promise that fails while nobody looks. */
import { Secret } from "../../src/secret.ts";

const secret = new Secret("at-left-in-a-defect");
const listen = globalThis.addEventListener.bind(globalThis);
// Not before somebody listens for it: how long the program takes to load is no matter here.
globalThis.addEventListener = (type: string, listener: EventListenerOrEventListenerObject) => {
  listen(type, listener);
  if (type === "unhandledrejection") {
    setTimeout(() => void Promise.reject(new Error(`The token ${secret.expose()} is odd`)));
  }
};
await import("../../src/main.ts");
