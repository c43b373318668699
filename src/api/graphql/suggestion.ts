/** A message of graphql-js in two: what is wrong, without a period, and what may have been meant. */
export function splitSuggestion(message: string): { problem: string; suggestion?: string } {
  const at = message.lastIndexOf(" Did you mean ");
  const problem = (at === -1 ? message : message.slice(0, at)).replace(/\.$/, "");
  return at === -1 ? { problem } : { problem, suggestion: message.slice(at + 1) };
}
