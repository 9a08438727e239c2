// Mounts the page.
import './zodSetup.ts';
import './app.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { missingSupport } from './ui/support.ts';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');

// Before anything can be clicked: two keys are made and thrown away, which takes a few milliseconds.
mount(App, { target, props: { missing: await missingSupport(globalThis) } });
