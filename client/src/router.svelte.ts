// The address as state. History, not hash: the fragment is the room's secret and belongs to the link alone.
import { parseRoute, type Route } from './route.ts';

export class Router {
  #route: Route = $state.raw(parseRoute(location));

  get route(): Route {
    return this.#route;
  }

  #stays = false;

  readonly go = (path: string): void => {
    if (this.#stays) return;
    history.pushState(null, '', path);
    this.#read();
  };

  /** From now on the screen is what it is: there is nothing behind any address. */
  readonly stay = (): void => {
    this.#stays = true;
  };

  /** Listens to back, forward and to a secret pasted behind the path; answers the function that stops it. */
  listen(): () => void {
    const read = () => this.#read();
    addEventListener('popstate', read);
    addEventListener('hashchange', read);
    return () => {
      removeEventListener('popstate', read);
      removeEventListener('hashchange', read);
    };
  }

  #read(): void {
    if (!this.#stays) this.#route = parseRoute(location);
  }
}
