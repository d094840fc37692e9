/** The OpenAPI document of the developer API as a measure of what it answers. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Answer = { content?: Record<string, object> };
export type Operation = {
	method: string;
	path: string;
	operationId: string;
	/** Which scope a key needs; empty: any key does. null: it is for people. */
	scopes: string[] | null;
	hasInput: boolean;
	/** `body`: of JSON; `file`: bytes in its place. */
	inputs: { query: boolean; body: boolean; file: boolean };
	responses: Record<string, Answer>;
};
type Described = {
	operationId: string;
	security: Record<string, string[]>[];
	parameters?: { in: string; name: string }[];
	requestBody?: { content: Record<string, object> };
	responses: Record<string, Answer>;
};
export type Document = { paths: Record<string, Record<string, Described>> };

export function operationsOf({ paths }: Document): Operation[] {
	return Object.entries(paths).flatMap(([path, item]) =>
		Object.entries(item).map(([method, described]) => {
			const { operationId, security, parameters = [], requestBody, responses } = described;
			const body = requestBody?.content['application/json'] !== undefined;
			const inputs = {
				query: parameters.some((each) => each.in === 'query'),
				...{ body, file: !body && requestBody !== undefined }
			};
			const scopes = security.find((each) => each.apiKey)?.apiKey ?? null;
			return { method, path, operationId, scopes, inputs, hasInput: inputs.query || inputs.body, responses };
		})
	);
}

/** Says what of an answer is not as the document has it; nothing where all is. */
export function measureOf(document: Document) {
	const ajv = new Ajv2020({ strict: false, allErrors: true });
	// both are CommonJS: what is the function depends on who loads it
	(addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
	ajv.addSchema({ $id: 'https://api.invalid/', ...document });
	const escape = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1');

	return ({ method, path, responses }: Operation, status: number, headers: Headers, body: unknown): string[] => {
		const described = responses[String(status)];
		if (!described) return [`${status} is not in the document`];
		const [type = ''] = (headers.get('content-type') ?? '').split(';');
		const content = Object.keys(described.content ?? {});
		if (content.length === 0) return body === null ? [] : ['there is a body, and should be none'];
		if (!content.includes(type)) return [`${type} is not in the document`];
		const parts = ['paths', path, method, 'responses', String(status), 'content', type, 'schema'];
		const check = ajv.getSchema(
			`https://api.invalid/#/${parts.map((part) => encodeURIComponent(escape(part))).join('/')}`
		);
		if (!check) return [`nothing is said of ${type}`];
		return check(body) ? [] : (check.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
	};
}
