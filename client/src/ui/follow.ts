// Links inside the page: a plain click goes without loading anything, every other one is the browser's (new tab, new window).

export const follow =
  (go: (path: string) => void) => (event: MouseEvent & { currentTarget: HTMLAnchorElement }) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const { pathname, search, hash } = event.currentTarget;
    go(pathname + search + hash);
  };
