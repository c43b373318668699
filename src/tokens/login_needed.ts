import { VantageError } from "../errors.ts";
import type { AccountId } from "../store/store.ts";
import { formatAccount } from "../store/store.ts";
import type { TokenState } from "./state.ts";

/** The codes of {@link loginNeeded}: a person has to log in, and that is all there is to it. */
export const LOGIN_NEEDED = [
  "not_logged_in",
  "session_expired",
  "session_ended",
  "session_changed",
] as const;

/** The error for a state that only a person can mend. */
export function loginNeeded(id: AccountId, state: TokenState, cause?: unknown): VantageError {
  const name = formatAccount(id);
  const profile = id.service === "vantage" ? ` -p ${id.account}` : ` ${id.service} ${id.account}`;
  const options = { hint: `Run \`vantage login${profile}\``, cause };
  switch (state.kind) {
    case "ended":
      return new VantageError(
        "session_ended",
        `The provider no longer accepts the saved session of '${name}': ${state.reason}`,
        options,
      );
    case "changed":
      return new VantageError(
        "session_changed",
        `The saved session of '${name}' is for another '${state.what}' than the settings now say`,
        options,
      );
    case "expired":
      return new VantageError(
        "session_expired",
        `The token of '${name}' has expired and cannot be refreshed`,
        options,
      );
    case "key":
      return new VantageError("not_supported", `The account '${name}' has an API key, no session`, {
        hint: `Use it with \`vantage token ${id.service} ${id.account}\``,
      });
    case "fresh":
    case "due":
      return new VantageError(
        "session_expired",
        `The session of '${name}' cannot be refreshed: the provider gave no refresh token`,
        options,
      );
    case "none":
      return new VantageError("not_logged_in", `Not logged in to '${name}'`, options);
  }
}
