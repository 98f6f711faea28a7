import { noChange } from "lit";
import { Directive, directive, PartType, type ElementPart, type PartInfo } from "lit/directive.js";
import { getState, setState } from "./host.ts";

/** How long contents may take to become as tall as they were, after a reload of the window. */
const PATIENCE_MS = 15_000;

function kept(): Readonly<Record<string, unknown>> {
  const all = getState()["scrolls"];
  return typeof all === "object" && all !== null ? Object.fromEntries(Object.entries(all)) : {};
}

/** `<div class="scroll" ${keepScroll("overview")}>`: stands where it stood, also after a reload of the window, once what it shows is there. */
class KeepScrollDirective extends Directive {
  #key = "";
  #element: Element | undefined;
  #stop = new AbortController();

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error("keepScroll stands inside a tag: <div ${keepScroll(key)}>");
  }

  render(_key: string): typeof noChange {
    return noChange;
  }

  override update(part: ElementPart, [key]: [string]): typeof noChange {
    if (part.element === this.#element && key === this.#key) return noChange;
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#element = part.element;
    this.#key = key;
    this.#follow(part.element, key, this.#stop.signal);
    return noChange;
  }

  #follow(element: Element, key: string, signal: AbortSignal): void {
    const wanted = Number(kept()[key] ?? 0);
    const until = performance.now() + PATIENCE_MS;
    let restoring = wanted > 0;
    // The person's own hand ends it.
    for (const name of ["wheel", "pointerdown", "keydown"]) element.addEventListener(name, () => (restoring = false), { signal, passive: true });
    const restore = (): void => {
      if (!restoring || signal.aborted) return;
      element.scrollTop = wanted;
      if (Math.abs(element.scrollTop - wanted) <= 1 || performance.now() > until) restoring = false;
      else requestAnimationFrame(restore);
    };
    if (!restoring) element.scrollTop = 0;
    requestAnimationFrame(restore);
    element.addEventListener("scroll", () => !restoring && setState({ scrolls: { ...kept(), [key]: Math.round(element.scrollTop) } }), { signal, passive: true });
  }
}

export const keepScroll = directive(KeepScrollDirective);
