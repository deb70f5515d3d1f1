/** Holds a deed where it is until opened: a slow request, or a process that is frozen and thaws. */
export function barrier(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}
