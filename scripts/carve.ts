/**
 * Undoes what `deno compile` does to its runtime: takes a program that it made and gives the
 * `denort` back. The payload was added by libsui (https://github.com/denoland/sui, 0.12.6), in
 * a way of its own for each file format; each function here is the inverse of one of them.
 * Every result is compared with a pinned SHA-256 by the caller, so a mistake cannot pass.
 */
import { Buffer } from "node:buffer";
import { Failure } from "./script.ts";

/** The exit status for bytes that are not what they should be. */
export const MISMATCH = 3;

export type Carve = (program: Buffer) => Buffer;

const ELF_TRAILER_BYTES = 16;
const ELF_TRAILER_MAGIC = 0x501e;

/** ELF: the payload and a trailer (magic, hash of a name, size) were appended. */
export const carveElf: Carve = (program) => {
  const trailer = program.length - ELF_TRAILER_BYTES;
  if (program.readUInt32LE(trailer) !== ELF_TRAILER_MAGIC) {
    throw new Failure("The ELF file has no libsui trailer", MISMATCH);
  }
  return program.subarray(0, program.length - Number(program.readBigUInt64LE(trailer + 8)));
};

/** PE: a last section ".pedata" was added and named as the resource directory. */
export const carvePe: Carve = (program) => {
  const coff = program.readUInt32LE(0x3c) + 4;
  const optional = coff + 20;
  const sections = program.readUInt16LE(coff + 2);
  const last = optional + program.readUInt16LE(coff + 16) + 40 * (sections - 1);
  if (program.toString("latin1", last, last + 8) !== ".pedata\0") {
    throw new Failure("The last section of the PE file is not '.pedata'", MISMATCH);
  }
  const runtime = Buffer.from(program.subarray(0, program.readUInt32LE(last + 20)));
  const sizeOfImage = optional + 56;
  runtime.writeUInt16LE(sections - 1, coff + 2);
  runtime.writeUInt32LE(
    program.readUInt32LE(sizeOfImage) - program.readUInt32LE(last + 16),
    sizeOfImage,
  );
  runtime.fill(0, optional + 128, optional + 136); // resource directory entry
  runtime.fill(0, last, last + 40); // section header
  return runtime;
};

const LC_SYMTAB = 0x2;
const LC_DYSYMTAB = 0xb;
const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
const LC_DYLD_INFO = 0x22;
/** Load commands of the form (command, size, file offset, length). */
const LINKEDIT_DATA_COMMANDS = [LC_CODE_SIGNATURE, 0x26, 0x29, 0x2b, 0x2e, 0x33, 0x34];
/** A flag of a load command's number: the loader must understand it. */
const LC_REQ_DYLD = 0x80000000;

const SENTINEL = Buffer.from("<~sui-data~>\xef\xbe\xad\xde", "latin1");

interface LoadCommand {
  kind: number;
  at: number;
  size: number;
  /** Name of the segment; "" for other commands. */
  segment: string;
}

function loadCommands(program: Buffer): LoadCommand[] {
  const commands: LoadCommand[] = [];
  let at = 32; // after the header
  for (let count = program.readUInt32LE(16); count > 0; count--) {
    const kind = program.readUInt32LE(at);
    const size = program.readUInt32LE(at + 4);
    const name = kind === LC_SEGMENT_64 ? program.toString("latin1", at + 8, at + 24) : "";
    commands.push({ kind, at, size, segment: name.replaceAll("\0", "") });
    at += size;
  }
  return commands;
}

/** Mach-O, x86-64: the payload was appended, `__LINKEDIT` and the string table stretched over it. */
export const carveMachoIntel: Carve = (program) => {
  const end = program.lastIndexOf(SENTINEL);
  if (end < 0) throw new Failure("The Mach-O file has no libsui sentinel", MISMATCH);
  const runtime = Buffer.from(program.subarray(0, end));
  for (const { kind, at, segment } of loadCommands(runtime)) {
    if (segment === "__LINKEDIT") setLinkeditEnd(runtime, at, end);
    if (kind === LC_SYMTAB) runtime.writeUInt32LE(end - runtime.readUInt32LE(at + 16), at + 20);
  }
  return runtime;
};

/**
 * Mach-O, arm64: a segment `__SUI` was put before `__LINKEDIT`, its load command too, and the
 * file was signed. The signature is left empty, because `deno compile` signs again.
 */
export const carveMachoArm: Carve = (program) => {
  const commands = loadCommands(program);
  const last = commands.at(-1);
  const sui = commands.find((command) => command.segment === "__SUI");
  const signature = commands.find((command) => command.kind === LC_CODE_SIGNATURE);
  if (!sui || !signature || !last) {
    throw new Failure("The Mach-O file has no '__SUI' segment or no signature", MISMATCH);
  }
  const vmSize = program.readBigUInt64LE(sui.at + 32);
  const start = Number(program.readBigUInt64LE(sui.at + 40));
  const fileSize = Number(program.readBigUInt64LE(sui.at + 48));
  const end = program.readUInt32LE(signature.at + 8) - fileSize;

  const edited = Buffer.from(program);
  edited.writeUInt32LE(commands.length - 1, 16);
  edited.writeUInt32LE(program.readUInt32LE(20) - sui.size, 20);
  const unshift = (at: number) => {
    const offset = edited.readUInt32LE(at);
    if (offset >= start + fileSize) edited.writeUInt32LE(offset - fileSize, at);
  };
  for (const command of commands) {
    if (command.segment === "__LINKEDIT") {
      edited.writeBigUInt64LE(edited.readBigUInt64LE(command.at + 24) - vmSize, command.at + 24);
      edited.writeBigUInt64LE(BigInt(start), command.at + 40);
      setLinkeditEnd(edited, command.at, end);
    }
    for (const field of fileOffsetFields(command)) unshift(command.at + field);
  }
  edited.writeUInt32LE(0, signature.at + 12);
  return Buffer.concat([
    edited.subarray(0, sui.at),
    edited.subarray(sui.at + sui.size, last.at + last.size),
    Buffer.alloc(sui.size),
    edited.subarray(last.at + last.size, start),
    edited.subarray(start + fileSize, end + fileSize),
  ]);
};

/** Where in a load command the offsets into `__LINKEDIT` are. */
function fileOffsetFields({ kind, size }: LoadCommand): number[] {
  switch (kind & ~LC_REQ_DYLD) {
    case LC_SYMTAB:
      return [8, 16];
    case LC_DYSYMTAB:
      return [32, 40, 48, 56, 64, 72];
    case LC_DYLD_INFO:
      return [8, 16, 24, 32, 40];
    default:
      return size === 16 && LINKEDIT_DATA_COMMANDS.includes(kind & ~LC_REQ_DYLD) ? [8] : [];
  }
}

function setLinkeditEnd(program: Buffer, at: number, end: number): void {
  const size = BigInt(end) - program.readBigUInt64LE(at + 40);
  program.writeBigUInt64LE((size + 0xfffn) & ~0xfffn, at + 32); // size in memory: whole pages
  program.writeBigUInt64LE(size, at + 48); // size in the file
}
