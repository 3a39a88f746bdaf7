import { render } from 'preact';
import { takeToken } from './api.ts';
import { App } from './app.tsx';
import { follow } from './feed.ts';
import './style.css';

takeToken();
const root = document.getElementById('app');
if (root !== null) {
  root.textContent = '';
  render(<App />, root);
}
void follow();
