/** A part of the screen and the rows it can use. */
export interface Claim {
  /** With fewer rows than these it is left out. */
  readonly least: number;
  /** More rows than these it does not use. */
  readonly most: number;
  /** 1 is served first. */
  readonly rank: number;
}

export interface Share {
  readonly rows: number;
  /** Whether a blank line stands above. */
  readonly isApart: boolean;
}

/** Shares the rows of a screen: first the least of each part, then blank lines between, then the rest. */
export function shareRows(claims: readonly Claim[], rows: number): readonly Share[] {
  let left = rows;
  const shares = claims.map(() => ({ rows: 0, isApart: false }));
  const inTurn = claims
    .map((claim, index) => ({ claim, index, share: shares[index] }))
    .sort((a, b) => a.claim.rank - b.claim.rank);

  for (const { claim, share } of inTurn) {
    if (share === undefined || claim.least > left) continue;
    share.rows = claim.least;
    left -= claim.least;
  }
  for (const { index, share } of inTurn) {
    if (share === undefined || share.rows === 0 || index === 0 || left === 0) continue;
    share.isApart = true;
    left -= 1;
  }
  for (const { claim, share } of inTurn) {
    if (share === undefined || share.rows === 0) continue;
    const more = Math.min(claim.most - share.rows, left);
    share.rows += more;
    left -= more;
  }
  return shares;
}
