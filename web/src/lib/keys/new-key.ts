/** What shows a key on a page that is sent without a script. Browsers fetch it when there is a key: here it is null. */
export const NewKey = import.meta.env.SSR ? (await import('./NewKey.svelte')).default : null;
