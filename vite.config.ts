import { defineConfig, type UserConfig } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";

/** Builds the browser view into dist/ui.html: one file without any network access, the template of `.html` outputs. */
const config: UserConfig = defineConfig({
  root: "ui",
  base: "./",
  plugins: [viteSingleFile()],
  build: {
    outDir: "../dist",
    // The compiled command line lives there too.
    emptyOutDir: false,
    copyPublicDir: false,
    modulePreload: false,
    rolldownOptions: { input: "ui/ui.html" },
  },
});

// Vite asks for a default export here.
// eslint-disable-next-line import/no-default-export
export default config;
