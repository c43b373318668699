const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

// Windows opens a device for these, whatever follows the first dot.
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * What a profile's name must be, undefined when it is. Names become names of files, on every
 * system, hence the narrow choice.
 */
export function nameProblem(name: string): string | undefined {
  if (!NAME.test(name)) {
    return "must be 1 to 64 letters, digits, '.', '_', '@' or '-' and start with a letter or digit";
  }
  if (name.endsWith(".")) return "must not end in a dot";
  if (DEVICE.test(name)) return "must not be the name of a Windows device";
  return undefined;
}
