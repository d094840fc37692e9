/** A form's values as the SDK nests them: `line_items[0][price]=…` is a list of objects. Leaves are texts. */
export type Nested = string | Nested[] | { [name: string]: Nested };
export type Parameters = Record<string, Nested>;

type Node = Map<string, Node | string>;

/** Reads a body or a query. A later value of the same name wins, `name[]` adds to a list. */
export function parseForm(raw: string): Parameters {
	const root: Node = new Map();
	for (const [name, value] of new URLSearchParams(raw)) {
		const [, first = '', rest = ''] = /^([^[]*)(.*)$/s.exec(name) ?? [];
		const path = [first, ...[...rest.matchAll(/\[([^\]]*)\]/g)].map(([, key = '']) => key)].slice(0, 12);
		let node = root;
		for (const key of path.slice(0, -1)) {
			const known = node.get(key);
			const next: Node = known instanceof Map ? known : new Map();
			node.set(key, next);
			node = next;
		}
		const last = path.at(-1) ?? '';
		node.set(last === '' && path.length > 1 ? String(node.size) : last, value);
	}
	return Object.assign(bare(), Object.fromEntries([...root].map(([key, value]) => [key, nested(value)])));
}

function nested(node: Node | string): Nested {
	if (typeof node === 'string') return node;
	const keys = [...node.keys()];
	const isList = keys.length > 0 && keys.every((key) => /^\d{1,4}$/.test(key));
	if (isList) {
		return keys.sort((a, b) => Number(a) - Number(b)).map((key) => nested(node.get(key) ?? ''));
	}
	return Object.assign(bare(), Object.fromEntries([...node].map(([key, value]) => [key, nested(value)])));
}

/** An object that knows no name but those it is given. */
const bare = () => Object.create(null) as Record<string, Nested>;
