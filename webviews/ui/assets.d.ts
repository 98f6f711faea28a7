/** esbuild's text loader (esbuild.mjs): a style sheet arrives as its text. */
declare module "*.css" {
  const text: string;
  export default text;
}
