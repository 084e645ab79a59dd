import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Breadcrumb } from "./breadcrumb.tsx";
import { ChangeTable } from "./change-table.tsx";
import { Detail } from "./detail.tsx";
import { FlameView } from "./flame-view.tsx";
import { FunctionTable } from "./function-table.tsx";
import { Header } from "./header.tsx";
import { Notices } from "./notices.tsx";
import { QualityLine } from "./quality.tsx";
import type { Shared } from "./shared.ts";
import { Sidebar } from "./sidebar.tsx";
import { Toolbar } from "./toolbar.tsx";
import { handleShortcut } from "./shortcuts.ts";

export function App({ state, theme }: Shared): JSX.Element {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => handleShortcut(state, event);
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [state]);
  if (state.profile.samples.length + (state.comparison?.before.samples.length ?? 0) === 0) {
    return (
      <div class="app">
        <Header state={state} theme={theme} />
        <Message title="Nothing was recorded" text="The recording has no samples: the program may have ended before the first look at it." />
      </div>
    );
  }
  return (
    <div class="app">
      <Header state={state} theme={theme} />
      <Toolbar state={state} />
      <div class="columns">
        <main class="stage">
          <Notices state={state} />
          {state.view.value === "table" ? (
            <Table state={state} theme={theme} />
          ) : (
            <>
              <Breadcrumb state={state} />
              <FlameView state={state} theme={theme} />
            </>
          )}
          <Detail state={state} theme={theme} />
          <QualityLine state={state} />
        </main>
        <Sidebar state={state} theme={theme} />
      </div>
    </div>
  );
}

function Table({ state, theme }: Shared): JSX.Element {
  return state.comparison === null ? <FunctionTable state={state} theme={theme} /> : <ChangeTable state={state} comparison={state.comparison} />;
}

/** Instead of a picture: while it loads, when there is nothing to show, when it cannot be shown. */
export function Message({ title, text }: { title: string; text: string }): JSX.Element {
  return (
    <div class="message" role="status">
      <h1>{title}</h1>
      <p>{text}</p>
    </div>
  );
}
