import { css, html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { t } from "../ui/l10n.ts";
import { base } from "../ui/theme.ts";

/** Elements that run, load or send something, or lead elsewhere. */
const REMOVED = "script, iframe, frame, object, embed, applet, link, base, form, meta[http-equiv]";

/**
 * `<html-preview .source>`: a page among the artifacts, in a frame that may run no script. The panel's policy holds in it too, so it
 * reaches no network. Its own styles, which that policy would block, are set through the CSSOM, and images that it holds as data are
 * shown as blobs.
 */
class HtmlPreview extends LitElement {
  static override properties = { source: { type: String } };
  static override styles = [
    base,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; height: 100%; }
      iframe { flex: 1 1 0; width: 100%; border: 0; background: white; }
      p { flex: none; margin: 0; padding: 0 0 6px; }
    `,
  ];

  declare source: string;
  #urls: string[] = [];

  constructor() {
    super();
    this.source = "";
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#release();
  }

  override render(): TemplateResult {
    return html`<p class="small two">${t("Shown without scripts and without network.")}</p><iframe sandbox="allow-same-origin" title=${t("Preview without scripts")} @load=${this.#dress}></iframe>`;
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has("source")) return;
    const page = new DOMParser().parseFromString(this.source, "text/html");
    for (const element of page.querySelectorAll(REMOVED)) element.remove();
    for (const element of page.querySelectorAll("a[href]")) element.removeAttribute("href");
    // The sandbox and the policy stop these anyway; without them nothing has to be stopped.
    for (const element of page.querySelectorAll("[src]:not([src^='data:'])")) element.removeAttribute("src");
    for (const element of page.querySelectorAll("*")) for (const name of element.getAttributeNames()) if (name.startsWith("on") || name === "srcset") element.removeAttribute(name);
    // The policy blocks both where they are written; they wait under other names.
    for (const element of page.querySelectorAll("[style]")) {
      element.setAttribute("data-style", element.getAttribute("style") ?? "");
      element.removeAttribute("style");
    }
    for (const element of page.querySelectorAll("style")) {
      const waiting = page.createElement("template");
      waiting.setAttribute("data-sheet", element.textContent);
      page.head.append(waiting);
      element.remove();
    }
    const frame = this.renderRoot.querySelector("iframe");
    if (frame !== null) frame.srcdoc = page.documentElement.outerHTML;
  }

  /** The frame is of this page's origin and holds no script, so its document can be changed from here. */
  #dress(event: Event): void {
    const page = event.target instanceof HTMLIFrameElement ? event.target.contentDocument : null;
    const view = page?.defaultView;
    if (!page || !view) return;
    this.#release();
    const sheets = [...page.querySelectorAll("template[data-sheet]")].map((element) => {
      const sheet = new view.CSSStyleSheet();
      sheet.replaceSync((element.getAttribute("data-sheet") ?? "").replace(/@import[^;]*;/g, ""));
      return sheet;
    });
    page.adoptedStyleSheets = sheets;
    for (const element of page.querySelectorAll<HTMLElement | SVGElement>("[data-style]")) element.style.cssText = element.getAttribute("data-style") ?? "";
    for (const image of page.querySelectorAll<HTMLImageElement>('img[src^="data:image/"]')) {
      const url = blobUrl(image.getAttribute("src") ?? "");
      if (url === null) continue;
      this.#urls.push(url);
      image.src = url;
    }
  }

  #release(): void {
    for (const url of this.#urls.splice(0)) URL.revokeObjectURL(url);
  }
}

/** Null for an image that is not base64. */
function blobUrl(data: string): string | null {
  const match = /^data:(image\/[a-z0-9.+-]+);base64,([A-Za-z0-9+/=\s]+)$/.exec(data);
  if (match === null) return null;
  const bytes = Uint8Array.from(atob((match[2] ?? "").replaceAll(/\s/g, "")), (letter) => letter.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: match[1] ?? "" }));
}

customElements.define("html-preview", HtmlPreview);
