/** What the authorization server keeps of one of its things (a token, a session...). */
interface Payload {
  uid?: string;
  userCode?: string;
  grantId?: string;
  consumed?: number;
}

/**
 * The authorization server's memory, one for each provider. Expired things stay in it: the
 * server judges their expiry itself, by its own clock.
 */
export class Store {
  readonly #things = new Map<string, Payload>();

  /** What oidc-provider calls an adapter, for one of its models. */
  adapter(model: string) {
    const things = this.#things;
    const key = (id: string) => `${model}:${id}`;
    const first = (wanted: (payload: Payload) => boolean) =>
      Promise.resolve(
        [...things].find(([key, payload]) => key.startsWith(`${model}:`) && wanted(payload))?.[1],
      );
    return {
      upsert: (id: string, payload: Payload) => Promise.resolve(void things.set(key(id), payload)),
      find: (id: string) => Promise.resolve(things.get(key(id))),
      findByUid: (uid: string) => first((payload) => payload.uid === uid),
      findByUserCode: (userCode: string) => first((payload) => payload.userCode === userCode),
      destroy: (id: string) => Promise.resolve(void things.delete(key(id))),
      consume: (id: string) => {
        const payload = things.get(key(id));
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
        return Promise.resolve();
      },
      revokeByGrantId: (grantId: string) => {
        for (const [key, payload] of things) if (payload.grantId === grantId) things.delete(key);
        return Promise.resolve();
      },
    };
  }

  /** Forgets everything of these models. */
  forget(...models: readonly string[]): void {
    for (const key of this.#things.keys()) {
      if (models.includes(key.split(":", 1)[0] ?? "")) this.#things.delete(key);
    }
  }
}
