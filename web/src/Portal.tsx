import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import type { Client } from './api/client';
import type { PublicCreditor } from './api/wire';
import { AppContext, type App } from './app';
import { applyBrand } from './brand/apply';
import type { Memory } from './memory';
import { creditorOf, entryToken, formatRoute, parseRoute, type Route } from './route';
import { AgreementScreen } from './screens/Agreement';
import { CodeScreen } from './screens/Code';
import { ContractScreen } from './screens/Contract';
import { DebtsScreen } from './screens/Debts';
import { IdentifyScreen, type Finding } from './screens/Identify';
import { PayScreen } from './screens/Pay';
import { PaymentScreen } from './screens/Payment';
import { ProposalScreen } from './screens/Proposal';
import { Shell } from './ui/Shell';

/** The participant portal: its screens behind one location hash. */
export function Portal({ client, memory }: { client: Client; memory: Memory }) {
  const route = useRoute(memory);
  const [creditor, setCreditor] = useState<PublicCreditor>();
  const [finding, setFinding] = useState<Finding>({ state: creditorOf(location.search) === undefined ? 'unnamed' : 'finding' });
  const adopt = useCallback((next: PublicCreditor) => {
    setCreditor(next);
    setFinding({ state: 'found' });
    applyBrand(next);
    const address = `?c=${next.id}`;
    if (location.search !== address) history.replaceState(null, '', `${location.pathname}${address}${location.hash}`);
  }, []);

  const find = useCallback(async () => {
    const id = creditorOf(location.search);
    if (id === undefined) return;
    setFinding({ state: 'finding' });
    const outcome = await client<PublicCreditor>(`/v1/public/creditors/${id}`);
    if (outcome.ok) adopt(outcome.value);
    else if (outcome.failure.kind === 'problem' && outcome.failure.problem.status === 404) setFinding({ state: 'missing' });
    else setFinding({ state: 'failed', failure: outcome.failure, retry: () => void find() });
  }, []);
  useEffect(() => void find(), []);

  const app: App = useMemo(
    () => ({
      client,
      memory,
      creditor,
      useCreditor: adopt,
      go: (next, how) => go(next, how?.replace ?? false),
      sessionEnded: () => {
        memory.set('ended', 'expired');
        memory.set('returnTo', location.hash);
        memory.drop('signedIn');
        go({ screen: 'identify' }, true);
      },
    }),
    [client, memory, creditor],
  );

  return (
    <AppContext.Provider value={app}>
      <Shell route={route}>
        <Screen route={route} finding={finding} />
      </Shell>
    </AppContext.Provider>
  );
}

function Screen({ route, finding }: { route: Route; finding: Finding }) {
  switch (route.screen) {
    case 'identify':
      return <IdentifyScreen finding={finding} />;
    case 'code':
      return <CodeScreen />;
    case 'debts':
      return <DebtsScreen />;
    case 'proposal':
      return <ProposalScreen key={route.proposalId} proposalId={route.proposalId} />;
    case 'contract':
      return <ContractScreen key={route.number} number={route.number} />;
    case 'pay':
      return <PayScreen key={formatRoute(route)} at={route} />;
    case 'payment':
      return <PaymentScreen key={route.intentId} intentId={route.intentId} />;
    case 'agreement':
      return <AgreementScreen key={route.agreementId} agreementId={route.agreementId} receiptOf={route.receiptOf} />;
  }
}

function go(route: Route, replace: boolean): void {
  const hash = formatRoute(route);
  if (location.hash === hash) return;
  if (replace) {
    history.replaceState(null, '', `${location.pathname}${location.search}${hash}`);
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  } else {
    location.hash = hash;
  }
}

/** Follows the location hash. The token of an entry link is moved out of the address before anything else can see it. */
function useRoute(memory: Memory): Route {
  const read = () => {
    const token = entryToken(location.hash);
    if (token !== undefined) {
      memory.set('entry', token);
      memory.drop('challenge', 'ended', 'returnTo');
      history.replaceState(null, '', `${location.pathname}${location.search}#/entrar`);
    } else if (location.hash === '' && memory.get('signedIn')) {
      history.replaceState(null, '', `${location.pathname}${location.search}#/dividas`);
    }
    return parseRoute(location.hash);
  };
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const follow = () => setRoute(read());
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  return route;
}
