import { austinMain } from "../compat/austin/austin-main.ts";

/** `lynceus austin ...`; for tools that start `austin` and mean Austin 4, the environment says so. */
export async function main(args: readonly string[]): Promise<number> {
  return await austinMain(process.env["LYNCEUS_AUSTIN"] === "4" ? "austin4" : "austin", args);
}
