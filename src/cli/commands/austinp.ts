import { austinMain } from "../compat/austin/austin-main.ts";

/** `lynceus austinp ...` */
export async function main(args: readonly string[]): Promise<number> {
  return await austinMain("austinp", args);
}
