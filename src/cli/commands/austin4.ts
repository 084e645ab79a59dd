import { austinMain } from "../compat/austin/austin-main.ts";

/** `lynceus austin4 ...` */
export async function main(args: readonly string[]): Promise<number> {
  return await austinMain("austin4", args);
}
