/** How the person behaves. */
export interface PersonOptions {
  /** Presses Deny. */
  readonly deny?: boolean;
  /** The name they log in with, which becomes the subject. */
  readonly user?: string;
  /** A certificate (PEM) their browser trusts: `provider.ca` where the provider serves https. */
  readonly ca?: string | undefined;
}

/** A page the person was shown. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Where the browser ended. */
export interface Arrival {
  /** The client's callback address, with the code or the error. */
  readonly callbackUrl: string;
  /** What stood there; undefined when it was not followed. */
  readonly page: Page | undefined;
}

/**
 * Opens an authorization URL as a person with a browser does: logs in, agrees, and follows the
 * redirect to the client's callback page (unless `followCallback` is false).
 */
export async function browse(
  authorizationUrl: string,
  { followCallback = true, ...options }: PersonOptions & { followCallback?: boolean } = {},
): Promise<Arrival> {
  using browser = new Browser(options);
  const end = await browser.visit(authorizationUrl);
  if (typeof end !== "string") throw new Error(`Login ended on a page: ${end.body}`);
  return { callbackUrl: end, page: followCallback ? await browser.page(end) : undefined };
}

/** The two ways a client shows a person where to go (RFC 8628, section 3.3). */
export type DeviceLink =
  | string
  | { readonly verification_uri: string; readonly user_code: string };

/**
 * Approves (or denies) a device login: at `verification_uri_complete`, or at `verification_uri`
 * where the person types the code. Returns the last page.
 */
export async function approveDevice(link: DeviceLink, options: PersonOptions = {}): Promise<Page> {
  const url = typeof link === "string" ? link : link.verification_uri;
  using browser = new Browser(options, typeof link === "string" ? undefined : link.user_code);
  const end = await browser.visit(url);
  if (typeof end === "string") throw new Error(`Device login left the provider for ${end}`);
  return end;
}

/** A form as it is sent. */
interface Filled {
  readonly action: string;
  readonly fields: URLSearchParams;
}

/** A browser without a window: keeps cookies, follows redirects, fills in forms. */
class Browser implements Disposable {
  readonly #options: PersonOptions;
  readonly #userCode: string | undefined;
  readonly #http: Deno.HttpClient;
  readonly #cookies = new Map<string, string>();

  constructor(options: PersonOptions, userCode?: string) {
    this.#options = options;
    this.#userCode = userCode;
    this.#http = Deno.createHttpClient({ caCerts: options.ca ? [options.ca] : [] });
  }

  /** Goes on until a redirect leaves the site, which it returns, or no form is left to fill in. */
  async visit(start: string): Promise<string | Page> {
    const { origin } = new URL(start);
    let url = start;
    let form: URLSearchParams | undefined;
    let decided = false;
    while (true) {
      const response = await this.#fetch(url, form);
      const location = response.headers.get("location");
      if (location) {
        await response.body?.cancel();
        url = new URL(location, url).href;
        form = undefined;
        if (new URL(url).origin !== origin) return url;
        continue;
      }
      const page = await this.#page(url, response);
      const filled: Filled | undefined = decided ? undefined : this.#fill(page);
      if (!filled) return page;
      decided = filled.fields.has("decision");
      url = filled.action;
      form = filled.fields;
    }
  }

  async page(url: string): Promise<Page> {
    return await this.#page(url, await this.#fetch(url));
  }

  [Symbol.dispose](): void {
    this.#http.close();
  }

  async #page(url: string, response: Response): Promise<Page> {
    const { status, headers } = response;
    return { url, status, headers, body: await response.text() };
  }

  async #fetch(url: string, form?: URLSearchParams): Promise<Response> {
    const response = await fetch(url, {
      method: form ? "POST" : "GET",
      body: form ?? null,
      redirect: "manual",
      client: this.#http,
      signal: AbortSignal.timeout(10_000),
      headers: {
        accept: "text/html",
        cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; "),
      },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ""] = cookie.split(";");
      const at = pair.indexOf("=");
      this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return response;
  }

  /** The page's form as this person fills it in; undefined when there is none for them. */
  #fill(page: Page): Filled | undefined {
    const action = /<form[^>]* action="([^"]*)"/.exec(page.body)?.[1];
    if (action === undefined) return undefined;
    const fields = new URLSearchParams();
    for (const [input] of page.body.matchAll(/<input[^>]*>/g)) {
      const name = /name="([^"]*)"/.exec(input)?.[1] ?? "";
      fields.set(name, /value="([^"]*)"/.exec(input)?.[1] ?? "");
    }
    if (fields.get("user_code") === "") {
      if (this.#userCode === undefined) return undefined;
      fields.set("user_code", this.#userCode);
    }
    if (fields.has("login")) {
      fields.set("login", this.#options.user ?? "ada");
      fields.set("password", "correct horse");
      fields.set("decision", this.#options.deny ? "deny" : "approve");
    }
    return { action: new URL(action.replaceAll("&amp;", "&"), page.url).href, fields };
  }
}
