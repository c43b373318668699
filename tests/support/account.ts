/** The claims of a person, made of the name they log in with. */
export function account(subject: string) {
  return {
    sub: subject,
    email: `${subject}@example.com`,
    email_verified: true,
    name: subject.replace(/^./, (letter) => letter.toUpperCase()),
    organization: "Example Org",
  };
}
