/** What the API of `bench_api_server.ts` answers, and what a client is to have printed of it. */

/** The large body. */
export const BODY_BYTES = 2 ** 30;

export const PAGES = 1_000;
const NUMBERS_A_PAGE = 10;

/** A page, counted from 1: JSON. */
export const pageText = (page: number): string => JSON.stringify(numbersOf(page));

const numbersOf = (page: number) =>
  Array.from({ length: NUMBERS_A_PAGE }, (_, n) => (page - 1) * NUMBERS_A_PAGE + n);

const pages = Array.from({ length: PAGES }, (_, at) => at + 1);

/** The size of all pages, one behind the other. */
export const SEPARATE_BYTES = pages.reduce((sum, page) => sum + pageText(page).length, 0);

/** The size of all pages as one array and the newline behind it. */
export const JOINED_BYTES = JSON.stringify(pages.flatMap(numbersOf)).length + 1;
