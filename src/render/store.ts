import type { StoreMigrateResult } from "../commands/store/migrate.ts";
import type { View } from "./view.ts";

export const storeMigrateView: View<StoreMigrateResult> = {
  text({ from, to, moved }) {
    const accounts = moved === 1 ? "1 account" : `${moved} accounts`;
    return `Moved ${accounts} from '${from}' to '${to}', which is in use now`;
  },
  json: ({ from, to, moved, removed }) => ({ from, to, moved, removed }),
};
