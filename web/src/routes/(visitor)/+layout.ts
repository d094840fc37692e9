/** Plain forms need no script of ours: these pages are there at once. Sign-up, which answers while one types, says otherwise. */
export const csr = false;
