// The interpreters come without types. What the harness uses of them:

interface MicroPython {
  runPython(code: string): unknown;
  replInit(): void;
  replProcessChar(byte: number): number;
  registerJsModule(name: string, module: Readonly<Record<string, (...args: never[]) => unknown>>): void;
  readonly globals: { get(name: string): unknown };
  readonly FS: Record<string, (...args: unknown[]) => unknown>;
  readonly _module: { _malloc(bytes: number): number };
}

declare module 'micropython-1.23/micropython.mjs' {
  export function loadMicroPython(options: object): Promise<MicroPython>;
}
declare module 'micropython-1.25/micropython.mjs' {
  export function loadMicroPython(options: object): Promise<MicroPython>;
}
declare module 'micropython-1.27/micropython.mjs' {
  export function loadMicroPython(options: object): Promise<MicroPython>;
}

// Of the engine, whose types come with those of browsers alone.
declare namespace WebAssembly {
  class Memory {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>;
  }
  let instantiate: (source: unknown, imports?: unknown) => Promise<Instance | { readonly instance: Instance }>;
}
