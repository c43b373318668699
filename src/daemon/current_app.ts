import type { App } from "../app.ts";
import { stampOf } from "../files.ts";

/** The settings as they are at every moment: an app is made anew when the settings file has changed. */
export class CurrentApp {
  readonly #make: () => App;
  /** Where they are is a matter of the environment, which stays. */
  readonly #path: string;
  #app: App;
  #stamp: string | undefined;

  constructor(make: () => App) {
    this.#make = make;
    this.#app = make();
    this.#path = this.#app.paths().config;
  }

  /** Throws `FileError` where the settings file cannot be looked at. */
  async get(): Promise<App> {
    // Before the app reads the file, so that what changes meanwhile is read again.
    const stamp = await stampOf(this.#app.system.files, this.#path);
    if (this.#stamp !== undefined && this.#stamp !== stamp) this.#app = this.#make();
    this.#stamp = stamp;
    return this.#app;
  }
}
