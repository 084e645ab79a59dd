import type { Address } from "../base/units.ts";
import type { Layout } from "./layout.ts";

/** CPython found in a process. */
export interface RuntimeLocation {
  /** Address of `_PyRuntime`. */
  readonly address: Address;
  readonly layout: Layout;
  /** "3.12.1", or "3.9" where the micro version could not be learned. */
  readonly version: string;
  /** The file that holds it: the executable or libpython. */
  readonly path: string;
}
