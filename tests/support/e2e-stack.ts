import { startStack } from './stack.ts';

/** One stack with the built app for all browser tests; workers find its environment, and its folder, in their own. */
export default async function setup(): Promise<() => Promise<void>> {
	const stack = await startStack({ app: 'preview' });
	Object.assign(process.env, stack.env, { STACK_DIR: stack.folder });
	return () => stack.stop();
}
