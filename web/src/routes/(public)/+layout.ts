/** Words, pictures and links: no script of ours. */
export const csr = false;
