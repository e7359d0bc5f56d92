import { render } from 'preact';
import { makeClient } from './api/client';
import { makeMemory } from './memory';
import { Portal } from './Portal';
import './style/tokens.css';
import './style/base.css';
import './style/parts.css';
import './style/controls.css';
import './style/frame.css';
import './style/identify.css';
import './style/debts.css';
import './style/offers.css';
import './style/contract.css';
import './style/payment.css';
import './style/agreement.css';

const root = document.getElementById('app');
if (root) {
  const client = makeClient((input, init) => fetch(input, init));
  render(<Portal client={client} memory={makeMemory(() => sessionStorage)} />, root);
}
