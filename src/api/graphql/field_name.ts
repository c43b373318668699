const NAME = /^[_A-Za-z][_0-9A-Za-z]*$/; // GraphQL 2025, section 2.1.9

/** Whether the argument of `vantage graphql` is a field's name and not a document. */
export const isFieldName = (text: string): boolean => NAME.test(text);
