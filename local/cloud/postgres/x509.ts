// The certificate library needs this polyfill in place before it loads, so neither can be a static import.
await import('reflect-metadata');

export const x509 = await import('@peculiar/x509');
