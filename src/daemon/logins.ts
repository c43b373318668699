import type { App } from "../app.ts";
import { toVantageError, VantageError } from "../errors.ts";
import type { LoginOptions } from "../login.ts";
import type { Person } from "../person.ts";
import { rfc3339 } from "../render/time.ts";
import type { AccountId } from "../store/store.ts";
import { formatAccount } from "../store/store.ts";
import type { LoginStep } from "./methods.ts";
import { rpcError } from "./protocol.ts";
import { RemotePerson } from "./remote_person.ts";

/** So many people may be logging in at a time. */
const MOST_AT_ONCE = 16;

/** Who is told the steps of a login after the first. */
export type Listener = (step: LoginStep) => void;

/** What a client asks for. */
export interface WantedLogin {
  readonly id: AccountId;
  readonly flow: string | undefined;
  readonly scopes: readonly string[] | undefined;
  readonly options: LoginOptions;
}

interface LoginParts {
  /** An app whose person is this one. */
  readonly makeApp: (person: Person) => App;
  readonly log: Pick<Person, "detail" | "exchange">;
  readonly onLoggedIn: (id: AccountId) => void;
}

/** A login under way. It goes on when the client that began it leaves. */
interface Pending {
  readonly listeners: Set<Listener>;
  /** The first step that tells a client something. */
  readonly first: Promise<LoginStep>;
  readonly done: Promise<void>;
}

/** The logins that clients have begun, one an account at a time. */
export class Logins {
  readonly #parts: LoginParts;
  readonly #pending = new Map<string, Pending>();

  constructor(parts: LoginParts) {
    this.#parts = parts;
  }

  /**
   * Begins a login: `first` is its first step as soon as there is one, the code or the address
   * that the person needs, or rejects with what a login throws before that; `done` is its end. Who
   * asks for an account whose login is under way gets that one. `listener` is told what follows.
   * Throws `daemon_busy`.
   */
  begin(wanted: WantedLogin, listener: Listener): Pick<Pending, "first" | "done"> {
    const key = formatAccount(wanted.id);
    let pending = this.#pending.get(key);
    if (!pending) {
      if (this.#pending.size >= MOST_AT_ONCE) {
        throw new VantageError("daemon_busy", `${MOST_AT_ONCE} logins are under way already`, {
          hint: "Complete one of them, or wait until it expires",
        });
      }
      pending = this.#start(wanted);
      this.#pending.set(key, pending);
      pending.done.finally(() => this.#pending.delete(key));
    }
    pending.listeners.add(listener);
    return pending;
  }

  /** Waits until those under way have ended. */
  async settled(): Promise<void> {
    await Promise.all([...this.#pending.values()].map(({ done }) => done));
  }

  #start(wanted: WantedLogin): Pending {
    const { id } = wanted;
    const listeners = new Set<Listener>();
    const first = Promise.withResolvers<LoginStep>();
    const login = { login_id: crypto.randomUUID(), ...id };
    let answered = false;
    const tell = (step: Omit<LoginStep, keyof typeof login>) => {
      const whole = { ...login, ...step };
      if (answered) return listeners.forEach((listener) => listener(whole));
      if (step.state === "warning" || step.state === "pending") return;
      answered = true;
      first.resolve(whole);
    };
    const run = async () => {
      const person = new RemotePerson(tell, this.#parts.log);
      try {
        const app = this.#parts.makeApp(person);
        const { flow, scopes, options } = wanted;
        const account = await app.account(id, { flow, scopes });
        const { session, already } = await app.login(account, { ...options, noBrowser: true });
        this.#parts.onLoggedIn(id);
        tell({ state: "authorized", already, expires_at: rfc3339(session.expiresAt) });
      } catch (error) {
        if (answered) tell({ state: "failed", error: failure(error) });
        first.reject(error); // nothing happens where the first step was told
      }
    };
    first.promise.catch(() => {}); // who began it hears of it, if it is still there
    return { listeners, first: first.promise, done: run() };
  }
}

function failure(error: unknown) {
  const { message, data } = rpcError(error);
  return { code: toVantageError(error).code, message, hint: data?.hint ?? null };
}
