import type { OfferedNumber } from '#core/number-catalogue.ts';

/** A number for sale with what it costs, in micros of USD, and what it needs and cannot do, in sentences. */
export type Offered = Omit<OfferedNumber, 'addressRequirement'> & {
	monthly_micros: number;
	setup_micros: number;
	text_out_micros: number | null;
	text_in_micros: number | null;
	/** What has to be handed in first; null: it can be had now. */
	needs: string | null;
	documents: readonly string[];
	limits: readonly string[];
};
