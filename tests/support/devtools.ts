/** What Chromium says happened. */
interface Event {
  readonly method: string;
  // deno-lint-ignore no-explicit-any -- the protocol's own, different for each method
  readonly params: any;
}

interface Reply {
  readonly id: number;
  // deno-lint-ignore no-explicit-any -- the protocol's own, different for each method
  readonly result?: any;
  readonly error?: { readonly message: string };
}

/** One page of a browser, driven by the Chrome DevTools Protocol over its websocket. */
export class DevtoolsPage {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  readonly #listeners = new Set<(event: Event) => void>();
  #session: string | undefined;
  #sent = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const message: Reply & Event = JSON.parse(data);
      this.#waiting.get(message.id)?.(message);
      if (message.method) { for (const listener of this.#listeners) listener(message); }
    };
  }

  /** Opens an empty page in the browser whose DevTools listen at `url`. */
  static async open(url: string): Promise<DevtoolsPage> {
    const socket = new WebSocket(url);
    const opened = Promise.withResolvers<void>();
    socket.onopen = () => opened.resolve();
    socket.onerror = (event) =>
      opened.reject(new Error(`No DevTools: ${(event as ErrorEvent).message}`));
    await opened.promise;
    const page = new DevtoolsPage(socket);
    const { targetId } = await page.send("Target.createTarget", { url: "about:blank" });
    const attached = await page.send("Target.attachToTarget", { targetId, flatten: true });
    page.#session = attached.sessionId;
    return page;
  }

  /** Calls `listener` with every event from now on. */
  listen(listener: (event: Event) => void): void {
    this.#listeners.add(listener);
  }

  /** Sends one command and gives its result. */
  // deno-lint-ignore no-explicit-any -- the protocol's own, different for each method
  async send(method: string, params: unknown = {}): Promise<any> {
    const id = this.#sent += 1;
    const replied = Promise.withResolvers<Reply>();
    this.#waiting.set(id, replied.resolve);
    this.#socket.send(JSON.stringify({ id, method, params, sessionId: this.#session }));
    const { result, error } = await replied.promise;
    this.#waiting.delete(id);
    if (error) throw new Error(`Chromium refused ${method}: ${error.message}`);
    return result;
  }

  /** The value of a JavaScript expression on the page; undefined while the page is changing. */
  async evaluate(expression: string): Promise<unknown> {
    try {
      const { result } = await this.send("Runtime.evaluate", { expression, returnByValue: true });
      return result.value;
    } catch {
      return undefined;
    }
  }

  /** Ends the whole browser, and resolves when it has let go of the connection. */
  async closeBrowser(): Promise<void> {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const closed = Promise.withResolvers<void>();
    this.#socket.onclose = () => closed.resolve();
    this.#socket.send(JSON.stringify({ id: this.#sent += 1, method: "Browser.close" }));
    await closed.promise;
  }
}
