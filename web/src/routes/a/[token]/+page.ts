/** A sentence and a link: no script. */
export const csr = false;
