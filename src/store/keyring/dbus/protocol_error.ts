/** What came over the bus does not follow the D-Bus specification, or our limits. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}
