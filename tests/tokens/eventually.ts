const GIVE_UP_MS = 30_000;

/** Resolves when `condition` holds; fails when it does not within a bound that no test comes near. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + GIVE_UP_MS;
  while (!await condition()) {
    if (performance.now() > deadline) throw new Error(`Never came true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
