import { useEffect, useState } from 'preact/hooks';
import type { Failure } from '../api/client';
import type { Entry, PublicCreditor } from '../api/wire';
import { useAction, useApp } from '../app';
import { FailureNotice } from '../ui/FailureNotice';
import { Icon } from '../ui/Icon';
import { Button, Heading, Notice, Skeleton } from '../ui/parts';
import { IdentifyForm } from './IdentifyForm';

/** What is known of the creditor that the address names. */
export type Finding =
  | { state: 'unnamed' | 'finding' | 'found' | 'missing' }
  | { state: 'failed'; failure: Failure; retry: () => void };

/** The first screen: who are you? It may be reached from a message's link, from the creditor's site, or by mistake. */
export function IdentifyScreen({ finding }: { finding: Finding }) {
  const { creditor, memory } = useApp();
  const [token, setToken] = useState(() => memory.get('entry'));
  useEffect(() => {
    const follow = () => setToken(memory.get('entry'));
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  const forget = () => {
    memory.drop('entry');
    setToken(undefined);
  };
  const name = creditor ? creditor.name : undefined;
  return (
    <div class="welcome">
      <div class="welcome__words">
        <Heading
          title={name ? `Resolva sua pendência com ${name}` : 'Resolva sua pendência sem sair de casa'}
          lead="Veja quanto deve, escolha como pagar e acerte por PIX. Sem cadastro, sem fila e sem precisar ligar para ninguém."
        />
        <ol class="promise">
          <li>Confirme quem é você com o CPF e o contrato</li>
          <li>Escolha a oferta que cabe no seu bolso</li>
          <li>Assine e pague por PIX em poucos minutos</li>
        </ol>
      </div>
      <div class="welcome__act card card--raised">
        {token !== undefined ? (
          <OpenEntry token={token} onDone={forget} />
        ) : creditor ? (
          <IdentifyForm creditor={creditor} />
        ) : (
          <NoCreditor finding={finding} />
        )}
      </div>
    </div>
  );
}

/** Waits for a press before it touches the link: a mail scanner that opens the page must not use it up. */
function OpenEntry({ token, onDone }: { token: string; onDone: () => void }) {
  const { client, memory, useCreditor } = useApp();
  const { busy, failure, run } = useAction();
  const open = () =>
    run(
      () => client<Entry>('/v1/auth/entries', { method: 'POST', body: { token } }),
      (entry) => {
        memory.set('hint', { creditor: entry.creditor.id, contractHint: entry.contractHint });
        useCreditor(entry.creditor);
        onDone();
      },
    );
  const invalid = failure?.kind === 'problem' && failure.problem.status === 404;
  return (
    <>
      <h2 class="card__title">Você abriu o link da nossa mensagem</h2>
      <p>Para sua segurança, ainda vamos confirmar quem é você antes de mostrar qualquer valor.</p>
      {failure && !invalid && <FailureNotice failure={failure} onRetry={open} />}
      {invalid ? (
        <Notice tone="warn" title={failure.problem.title}>
          {failure.problem.detail && <p>{failure.problem.detail}</p>}
          <Button look="secondary" onClick={onDone}>
            Continuar sem o link
          </Button>
        </Notice>
      ) : (
        <Button onClick={open} busy={busy}>
          Continuar
        </Button>
      )}
    </>
  );
}

function NoCreditor({ finding }: { finding: Finding }) {
  switch (finding.state) {
    case 'finding':
    case 'found':
      return <Skeleton lines={5} label="Carregando" />;
    case 'failed':
      return <FailureNotice failure={finding.failure} onRetry={finding.retry} />;
    default:
      return <UseTheLink missing={finding.state === 'missing'} />;
  }
}

function UseTheLink({ missing }: { missing: boolean }) {
  return (
    <>
      <h2 class="card__title">{missing ? 'Não reconhecemos este endereço' : 'Comece pelo link que você recebeu'}</h2>
      <p>
        Esta página atende várias empresas. Para chegar à sua, toque no link do e-mail ou SMS que enviamos, ou no botão de
        negociação do site da empresa.
      </p>
      <p class="aside-note">
        <Icon name="shield" /> Não encontrou a mensagem? Procure também na caixa de spam, ou fale com a empresa pelos canais que
        você já conhece.
      </p>
      <DemoCreditors />
    </>
  );
}

interface Demo {
  creditors: { id: string; name: string }[];
}

/** The creditors of the local demonstration; elsewhere the address does not exist and nothing is shown. */
function DemoCreditors() {
  const { client, useCreditor } = useApp();
  const [creditors, setCreditors] = useState<Demo['creditors']>([]);
  const { busy, failure, run } = useAction();
  useEffect(() => {
    void client<Demo>('/_local/demo').then((outcome) => {
      if (outcome.ok && Array.isArray(outcome.value.creditors)) setCreditors(outcome.value.creditors);
    });
  }, []);
  if (creditors.length === 0) return null;
  const choose = (id: string) => run(() => client<PublicCreditor>(`/v1/public/creditors/${id}`), useCreditor);
  return (
    <section class="demo" aria-labelledby="demo-title">
      <h3 id="demo-title">Demonstração local</h3>
      <ul class="demo__list">
        {creditors.map(({ id, name }) => (
          <li key={id}>
            <button type="button" class="demo__pick" onClick={() => choose(id)} aria-disabled={busy || undefined}>
              {name} <Icon name="arrow" />
            </button>
          </li>
        ))}
      </ul>
      {failure && <FailureNotice failure={failure} />}
    </section>
  );
}
