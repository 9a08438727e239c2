// Where a panel opens: beside the tiles where there is room, else as a sheet over them.
import { MediaQuery } from 'svelte/reactivity';

export const besideTiles = new MediaQuery('width >= 56rem');
