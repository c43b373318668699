import type { ProfileCreateResult } from "../commands/profile/create.ts";
import type { ProfileDeleteResult } from "../commands/profile/delete.ts";
import type { ProfileListResult } from "../commands/profile/list.ts";
import type { ProfileSetResult } from "../commands/profile/set.ts";
import type { ProfileShowResult } from "../commands/profile/show.ts";
import type { ProfileUseResult } from "../commands/profile/use.ts";
import { setText, settingText } from "./setting.ts";
import type { View } from "./view.ts";

export const profileListView: View<ProfileListResult> = {
  async text({ profiles }, context) {
    const { table } = await import("./table.ts");
    const rows = profiles.map((profile) => [
      profile.active ? "*" : "",
      profile.name,
      profile.issuer ?? "",
      profile.clientId ?? "",
      profile.source,
    ]);
    return table(["", "PROFILE", "ISSUER", "CLIENT", "FROM"], rows, context);
  },
  json: ({ profiles }) => ({
    profiles: profiles.map(({ name, active, issuer, clientId, source }) => ({
      name,
      active,
      issuer: issuer ?? null,
      client_id: clientId ?? null,
      source,
    })),
  }),
};

export const profileShowView: View<ProfileShowResult> = {
  async text({ name, source, settings }, context) {
    const { table } = await import("./table.ts");
    const rows = settings.map(({ key, value, source }) => [key, settingText(value), source]);
    return table(["KEY", "VALUE", "FROM"], [["profile", name, source], ...rows], context);
  },
  json: ({ name, source, settings }) => ({ name, source, settings }),
};

export const profileCreateView: View<ProfileCreateResult> = {
  text: ({ name, path, active }) =>
    `Created profile '${name}' in ${path}${active ? ", now in use" : ""}`,
  json: ({ name, path, active }) => ({ name, path, active }),
};

export const profileSetView: View<ProfileSetResult> = {
  text({ profile, key, value, removed }) {
    return setText(`profile '${profile}'`, { key, value, removed });
  },
  json: ({ profile, key, value, removed }) => ({ profile, key, value: value ?? null, removed }),
};

export const profileUseView: View<ProfileUseResult> = {
  text: ({ activeProfile }) => `Profile '${activeProfile}' is now the active one`,
  json: ({ activeProfile }) => ({ active_profile: activeProfile }),
};

export const profileDeleteView: View<ProfileDeleteResult> = {
  text: ({ name, deleted }) => deleted ? `Deleted profile '${name}'` : `Kept profile '${name}'`,
  json: ({ name, deleted, wasActive }) => ({ name, deleted, was_active: wasActive }),
};
