/** Loads everything into the kernel, says so, and stays until it is killed: for the test that nothing of it remains. */
import { KernelExchange } from "../../src/sampler/capture/kernel/kernel-exchange.ts";

const loaded = KernelExchange.load();
process.stdout.write(loaded.ok ? "LOADED\n" : `FAILED ${JSON.stringify(loaded.error)}\n`);
setInterval(() => loaded.ok && loaded.value.threads, 1000);
