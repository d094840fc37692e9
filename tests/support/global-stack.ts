import type { TestProject } from 'vitest/node';
import { startStack, type Environment } from './stack.ts';

declare module 'vitest' {
	interface ProvidedContext {
		environment: Environment;
	}
}

/** One stack for all tests of the project; each test makes its own people, organizations and numbers on it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const stack = await startStack();
	project.provide('environment', stack.env);
	return () => stack.stop();
}
