import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { answerParts } from "./answer-parts.ts";
import { base } from "./theme.ts";

/** The sentence that a page opens with: `<answer-line .text=${…}>`. */
class AnswerLine extends LitElement {
  static override properties = { text: { type: String } };
  static override styles = [
    base,
    css`
      :host { display: block; font-size: 14px; line-height: 21px; }
      .soft { color: var(--ts-fg2); }
    `,
  ];

  declare text: string;

  constructor() {
    super();
    this.text = "";
  }

  override render(): TemplateResult | typeof nothing {
    if (this.text === "") return nothing;
    return html`<span role="status">${answerParts(this.text).map((part) => html`<span class=${part.tone}>${part.text}</span>`)}</span>`;
  }
}

customElements.define("answer-line", AnswerLine);
