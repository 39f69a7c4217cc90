/** What came of the demo. */
export type Outcome =
  | { readonly kind: 'held'; readonly checks: number }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'failed'; readonly problem: string };
