import { memoryStore } from "../../src/store/memory.ts";
import { testStore } from "./contract.ts";

testStore("memoryStore()", (clock) => ({
  store: memoryStore(clock),
  async [Symbol.asyncDispose]() {},
}));
