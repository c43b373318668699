/** The expiry of what does not expire (epoch milliseconds): RFC 3339 writes no later year. */
export const NEVER = Date.parse("9999-12-31T23:59:59Z");
