import { expect, test } from 'vitest';
import { shortManifest } from '../../manifest.ts';

const written = `
export const nodes = [
	() => import('./nodes/0'),
	() => import('./nodes/1'),
	() => import('./nodes/2'),
	() => import('./nodes/3'),
	() => import('./nodes/4'),
	() => import('./nodes/5')
];
export const server_loads = [0,2];
export const dictionary = {
		"/(member)/[slug]": [~3,[2]],
		"/docs": [4,[5]],
		"/docs/[guide]": [4]
	};
`;
const shorten = (code: string) => {
	const { transform } = shortManifest(/^\/docs(?:\/|$)/);
	if (typeof transform !== 'object') throw new Error('it transforms nothing');
	return (transform.handler as (code: string) => { code: string })(code).code;
};

test('pages without scripts are not in the table that every page brings along', () => {
	const short = shorten(written);
	expect(short).toContain('"/(member)/[slug]": [~3,[2]]');
	expect(short).not.toContain('docs');
	expect([...short.matchAll(/nodes\/(\d)/g)].map(([, number]) => number)).toEqual(['0', '1', '2', '3']);
	expect(short.match(/null/g)).toHaveLength(2);
});

test('a table that is written in another way fails the build', () => {
	expect(() => shorten('export const dictionary = {};')).toThrow('another way');
});
