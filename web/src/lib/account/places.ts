import type { Component } from 'svelte';
import MessageSquareText from '@lucide/svelte/icons/message-square-text';

/** Where in the product one can be: the rail's and the tabs' entries, in their order. */
export const places: readonly { route: '/(member)/[slug]/inbox'; label: string; icon: Component }[] = [
	{ route: '/(member)/[slug]/inbox', label: 'Inbox', icon: MessageSquareText }
];
