/** The console works by plain forms: no script of ours runs where everything can be done. */
export const csr = false;
