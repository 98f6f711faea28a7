import { noChange } from "lit";
import { Directive, directive, PartType, type ElementPart, type PartInfo } from "lit/directive.js";

/** What a template may set on an element's own style. */
export type StyleVars = Readonly<Record<string, string | number | null>>;

/**
 * `<div ${styleVars({ "--x": "3px", width: "40px" })}>`: sets styles through the CSSOM. A `style` attribute, and Lit's own
 * styleMap on its first render, are blocked by the panel's content security policy.
 */
class StyleVarsDirective extends Directive {
  #kept = new Map<string, string>();

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error("styleVars stands inside a tag: <div ${styleVars({…})}>");
  }

  render(_vars: StyleVars): typeof noChange {
    return noChange;
  }

  override update(part: ElementPart, [vars]: [StyleVars]): typeof noChange {
    if (!(part.element instanceof HTMLElement || part.element instanceof SVGElement)) return noChange;
    for (const name of this.#kept.keys()) if (!(name in vars)) this.#set(part.element, name, null);
    for (const [name, value] of Object.entries(vars)) this.#set(part.element, name, value === null ? null : String(value));
    return noChange;
  }

  #set(element: HTMLElement | SVGElement, name: string, value: string | null): void {
    if (this.#kept.get(name) === (value ?? undefined)) return;
    if (value === null) {
      element.style.removeProperty(name);
      this.#kept.delete(name);
    } else {
      element.style.setProperty(name, value);
      this.#kept.set(name, value);
    }
  }
}

export const styleVars = directive(StyleVarsDirective);
