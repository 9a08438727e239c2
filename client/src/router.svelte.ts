// The address as state. History, not hash: the fragment is the room's secret and belongs to the link alone.
import { parseRoute, type Route } from './route.ts';

export class Router {
  #route: Route = $state.raw(parseRoute(location));

  get route(): Route {
    return this.#route;
  }

  readonly go = (path: string): void => {
    history.pushState(null, '', path);
    this.#read();
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
    this.#route = parseRoute(location);
  }
}
