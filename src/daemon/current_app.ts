import type { App } from "../app.ts";
import { stampOf } from "../files.ts";

/** The settings as they are at every moment: an app is made anew when the settings file has changed. */
export class CurrentApp {
  readonly #make: () => App;
  #current: { readonly stamp: string; readonly app: App } | undefined;

  constructor(make: () => App) {
    this.#make = make;
  }

  /** Throws `FileError` where the settings file cannot be looked at. */
  async get(): Promise<App> {
    const app = this.#current?.app ?? this.#make();
    // Before the app reads the file, so that what changes meanwhile is read again.
    const stamp = await stampOf(app.system.files, app.paths().config);
    if (this.#current?.stamp !== stamp) this.#current = { stamp, app: this.#make() };
    return this.#current.app;
  }
}
