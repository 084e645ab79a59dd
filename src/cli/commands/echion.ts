import { echionMain } from "../compat/echion/echion-main.ts";

/** `lynceus echion ...` */
export async function main(args: readonly string[]): Promise<number> {
  return await echionMain(args);
}
