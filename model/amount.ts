import bytes from 'bytes';

const NUMBER = new Intl.NumberFormat('en');

/** `11.8 MB`, in steps of 1024. */
export const size = (count: number): string => bytes(count, { unitSeparator: ' ', decimalPlaces: 1 }) ?? `${count} B`;

/** `1,234,567`. */
export const amount = (count: number): string => NUMBER.format(count);
