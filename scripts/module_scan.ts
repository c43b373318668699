/** Finds what a TypeScript module imports and which globals it names, without a parser. */

export interface Import {
  specifier: string;
  /** Whether nothing of it remains at run time. `import("x").T` as a type counts as a value. */
  typeOnly: boolean;
  line: number;
}

export interface ModuleFacts {
  imports: Import[];
  /** Identifiers that name a value of their own, not a property. */
  names: { name: string; line: number }[];
}

interface Token {
  kind: "word" | "string" | "sign";
  /** For a string: its content. */
  text: string;
  line: number;
}

/** What `source` imports (static, dynamic, re-export), comments and strings left aside. */
export function scanModule(source: string): ModuleFacts {
  const tokens = tokenize(source);
  const facts: ModuleFacts = { imports: [], names: [] };
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== "word" || isProperty(tokens, at)) continue;
    facts.names.push({ name: token.text, line: token.line });
    const found = token.text === "import" || token.text === "export"
      ? importAt(tokens, at)
      : undefined;
    if (found) facts.imports.push({ ...found, line: token.line });
  }
  return facts;
}

/** Whether the word names a property: `x.word`, `{ word: x }`. */
function isProperty(tokens: Token[], at: number): boolean {
  const before = tokens[at - 1]?.text ?? "";
  return before === "." || tokens[at + 1]?.text === ":" && (before === "{" || before === ",");
}

/** The import or re-export that starts at the word `import` or `export`, if it is one. */
function importAt(tokens: Token[], at: number): Omit<Import, "line"> | undefined {
  const next = tokens[at + 1];
  const isImport = tokens[at]?.text === "import";
  if (isImport && next?.kind === "string") return { specifier: next.text, typeOnly: false };
  if (isImport && next?.text === "(") {
    const argument = tokens[at + 2];
    // A computed specifier cannot be checked: reported as one that no rule allows.
    const specifier = argument?.kind === "string" ? argument.text : "";
    return { specifier, typeOnly: tokens[at - 1]?.text === "typeof" };
  }
  const clause: Token[] = [];
  for (let i = at + 1; i < tokens.length; i++) {
    const token = tokens[i]!;
    const source = tokens[i + 1];
    // After the names, not as one of them: `import { from } from "x"`, `import from from "x"`.
    if (token.text === "from" && source?.kind === "string") {
      return { specifier: source.text, typeOnly: isTypeClause(clause) };
    }
    if (token.kind === "string" || !isClauseToken(token)) return undefined;
    clause.push(token);
  }
  return undefined;
}

const isClauseToken = ({ kind, text }: Token) => kind === "word" || "{},*".includes(text);

/** Whether the names of an import clause are types only. */
function isTypeClause(clause: Token[]): boolean {
  const words = clause.map((token) => token.text);
  // `import type from "x"` and `import type, { y } from "x"` import a value of that name.
  if (words[0] === "type" && words.length > 1 && words[1] !== ",") return true;
  if (words[0] !== "{") return false;
  const names = words.slice(1, words.lastIndexOf("}")).join(" ").split(",");
  return names.every((name) => /^\s*(type\s+\S.*)?$/.test(name)) && names.join("").trim() !== "";
}

/** Words after which a slash starts a regular expression, not a division. */
const BEFORE_EXPRESSION = new Set(
  "return typeof case in of delete void throw new else do await yield instanceof".split(" "),
);

/** Comments and white space; then what each token can be, in the order of trying. */
const SPACE = /(?:\s+|\/\/[^\n]*|\/\*[^]*?\*\/)+/y;
const WORD = /#?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /\d[\w.]*/y;
const STRING = /"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'/y;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const TEMPLATE_PART = /(?:[^`\\$]|\\[^]|\$(?!\{))*/y;

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  /** For each template literal we are inside of: how many braces are open in its `${…}`. */
  const templates: number[] = [];
  let at = 0;
  let line = 1;

  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    if (text === undefined) return undefined;
    at += text.length;
    return text;
  };
  const push = (kind: Token["kind"], text: string) => tokens.push({ kind, text, line });
  const countLines = (text: string) => {
    for (const char of text) if (char === "\n") line++;
  };
  /** The text of a template literal up to its end or the next `${`. */
  const takeTemplatePart = () => {
    countLines(take(TEMPLATE_PART) ?? "");
    if (source[at] === "`") {
      at += 1;
      push("sign", ")");
    } else {
      at += 2;
      push("sign", "{");
      templates.push(0);
    }
  };
  const slashStartsRegex = () => {
    const last = tokens.at(-1);
    if (!last) return true;
    if (last.kind === "word") return BEFORE_EXPRESSION.has(last.text);
    return last.kind === "sign" && !")]}".includes(last.text);
  };

  while (at < source.length) {
    const space = take(SPACE);
    if (space !== undefined) {
      countLines(space);
      continue;
    }
    const char = source[at]!;
    const word = take(WORD);
    if (word !== undefined) {
      push("word", word);
      continue;
    }
    if (take(NUMBER) !== undefined) {
      push("sign", ")"); // like a closing bracket: what follows is an operator
      continue;
    }
    const string = take(STRING);
    if (string !== undefined) {
      push("string", string.slice(1, -1));
      countLines(string);
      continue;
    }
    if (char === "/" && slashStartsRegex() && take(REGEX) !== undefined) {
      push("sign", ")");
      continue;
    }
    at += 1;
    if (char === "`") {
      takeTemplatePart();
    } else if (char === "}" && templates.at(-1) === 0) {
      templates.pop();
      takeTemplatePart();
    } else {
      const open = templates.length - 1;
      if (char === "{" && open >= 0) templates[open]! += 1;
      if (char === "}" && open >= 0) templates[open]! -= 1;
      push("sign", char);
    }
  }
  return tokens;
}
