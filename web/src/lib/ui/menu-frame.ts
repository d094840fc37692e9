/** What a MenuButton hands to the menu it opens. */
export type MenuFrame = {
	label: string;
	/** The button: the menu stands beside it and gives it the focus back. */
	anchor: HTMLElement;
	open: boolean;
	onopenchange: (open: boolean) => void;
};
