/** The mark that every number begins with, as static/favicon.svg draws it, with a dot: something is unread. */
const favicon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<path d="M10.5 .5h11a10 10 0 0 1 10 10v11a10 10 0 0 1-10 10h-19a2 2 0 0 1-2-2v-19a10 10 0 0 1 10-10Z" fill="#006575"/>
<path d="M16 9V23M9 16H23" stroke="#fff" stroke-width="3" stroke-linecap="round"/>
<circle cx="25" cy="7" r="6.5" fill="#b3261e" stroke="#fff" stroke-width="1.5"/></svg>`;

/**
 * Keeps how much is unread in the tab's title and picture, whatever page writes its title. Answers how to tell it and how
 * to stop.
 */
export function markTab(): { show: (unread: number) => void; stop: () => void } {
	let unread = 0;
	const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
	const plain = icon?.href;

	function write(): void {
		const bare = document.title.replace(/^\(\d+\+?\) /, '');
		const title = unread > 0 ? `(${unread > 99 ? '99+' : unread}) ${bare}` : bare;
		if (title !== document.title) document.title = title;
	}

	const observer = new MutationObserver(write);
	observer.observe(document.head, { childList: true, subtree: true, characterData: true });
	return {
		show(count) {
			if (icon && plain && unread > 0 !== count > 0)
				icon.href = count > 0 ? `data:image/svg+xml,${encodeURIComponent(favicon)}` : plain;
			unread = count;
			write();
		},
		stop() {
			observer.disconnect();
			unread = 0;
			write();
			if (icon && plain) icon.href = plain;
		}
	};
}
