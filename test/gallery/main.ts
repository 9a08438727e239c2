// Shows the scene that `?scene=` names.
import '../../client/src/zodSetup.ts';
import '../../client/src/app.css';
import { mount } from 'svelte';
import Gallery from './Gallery.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');

mount(Gallery, { target, props: { scene: new URLSearchParams(location.search).get('scene') ?? '' } });
