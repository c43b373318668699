import * as jose from "jose";
import { account } from "../account.ts";

/** Who signs the ID tokens of a provider, with RS256 as all of them do. */
export class IdTokens {
  #made: Promise<jose.GenerateKeyPairResult> | undefined;
  readonly #kid = crypto.randomUUID();

  get #pair(): Promise<jose.GenerateKeyPairResult> {
    return this.#made ??= jose.generateKeyPair("RS256", { extractable: true });
  }

  /** The provider's public keys, each with these members beside. */
  async keys(members: Record<string, unknown> = {}): Promise<Response> {
    const jwk = await jose.exportJWK((await this.#pair).publicKey);
    return Response.json({
      keys: [{ ...jwk, kid: this.#kid, use: "sig", alg: "RS256", ...members }],
    });
  }

  async sign(
    issuer: string,
    audience: string,
    claims: Record<string, unknown> = {},
  ): Promise<string> {
    const given = Object.entries({ ...account("ada"), ...claims })
      .filter(([, value]) => value !== undefined);
    return await new jose.SignJWT(Object.fromEntries(given))
      .setProtectedHeader({ alg: "RS256", kid: this.#kid })
      .setIssuer(issuer).setAudience(audience).setIssuedAt().setExpirationTime("1h")
      .sign((await this.#pair).privateKey);
  }
}
