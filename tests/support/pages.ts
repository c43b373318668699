const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", '"': "&quot;" };

/** Text made safe for HTML text and double-quoted attributes. */
function escaped(text: string): string {
  return text.replace(/[&<"]/g, (character) => escapes[character] ?? character);
}

/** A whole page of the test authorization server. `body` is HTML. */
export function page(title: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 24rem; margin: 4rem auto; padding: 0 1rem }
label, input { display: block; width: 100%; box-sizing: border-box }
input { margin: .2rem 0 1rem; padding: .5rem; font: inherit }
button { padding: .5rem 1rem; font: inherit }
</style>
<h1>${escaped(title)}</h1>
${body}
</html>
`;
}

/** The one page a person meets: who they are, and whether they agree. */
export function approvalPage(client: string, scopes: readonly string[], action: string): string {
  return page(
    "Sign in",
    `<p><b>${escaped(client)}</b> asks for: ${escaped(scopes.join(", "))}</p>
<form method="post" action="${escaped(action)}">
<label>Name <input name="login" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button name="decision" value="approve">Approve</button>
<button name="decision" value="deny" formnovalidate>Deny</button>
</form>`,
  );
}
