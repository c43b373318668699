import { VantageError } from "../errors.ts";
import type { ExchangeFacts, Person, PersonEvent, Progress, ShownCode } from "../person.ts";
import { plainLine } from "../render/plain.ts";
import { rfc3339 } from "../render/time.ts";
import { scrub } from "../secret.ts";
import type { LoginStep } from "./methods.ts";

type Step = Omit<LoginStep, "login_id" | "service" | "account">;

/** The person behind a client, who is told the steps of a login and cannot be asked anything. */
export class RemotePerson implements Person {
  readonly canAnswer = false;
  readonly #tell: (step: Step) => void;
  readonly #log: Pick<Person, "detail" | "exchange">;

  constructor(tell: (step: Step) => void, log: Pick<Person, "detail" | "exchange">) {
    this.#tell = (step) => tell(clean(step));
    this.#log = log;
  }

  notice(message: string): void {
    this.#tell({ state: "waiting", message });
  }

  warn(message: string): void {
    this.#tell({ state: "warning", message });
  }

  detail(level: 1 | 2, text: string): void {
    this.#log.detail(level, text);
  }

  exchange(exchange: ExchangeFacts): void {
    this.#log.exchange(exchange);
  }

  timings(): void {}

  event({ event }: PersonEvent): void {
    if (event === "pending") this.#tell({ state: "pending" });
  }

  deviceCode(code: ShownCode): Promise<void> {
    this.#tell({
      state: "device_code",
      user_code: code.userCode,
      verification_uri: code.verificationUri,
      ...(code.verificationUriComplete !== undefined &&
        { verification_uri_complete: code.verificationUriComplete }),
      expires_at: rfc3339(code.expiresAt),
    });
    return Promise.resolve();
  }

  authorizationUrl(url: string): void {
    this.#tell({ state: "authorization_url", authorization_url: url });
  }

  waiting(): Disposable {
    return { [Symbol.dispose]() {} };
  }

  progress(): Progress {
    return { advance() {}, [Symbol.dispose]() {} };
  }

  confirm(question: string): Promise<boolean> {
    return Promise.reject(cannotAsk(question));
  }

  askSecret(question: string): Promise<string> {
    return Promise.reject(cannotAsk(question));
  }
}

const cannotAsk = (question: string) =>
  new VantageError("input_required", `The daemon cannot ask '${question}'`, {
    hint: "Run the command in a terminal, with --direct",
  });

/** What a provider wrote must neither steer a client's terminal nor hold a secret. */
const clean = (step: Step): Step =>
  Object.fromEntries(
    Object.entries(step).map(([name, value]) => [
      name,
      typeof value === "string" ? scrub(plainLine(value)) : value,
    ]),
  ) as Step;
