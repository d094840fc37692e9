/** What shows a key on a page that is sent without a script. Browsers fetch it when there is a key: here it is null. */
export const NewKeyInPage = import.meta.env.SSR ? (await import('./NewKeyInPage.svelte')).default : null;
