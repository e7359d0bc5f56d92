import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { PublicCreditor } from '../api/wire';
import { useApp, useOnline } from '../app';
import { formatRoute, type Route } from '../route';
import { Icon } from './Icon';

const steps = ['Identificação', 'Oferta', 'Contrato', 'Pagamento'];

const stepOf: Record<Route['screen'], number> = {
  identify: 1,
  code: 1,
  debts: 2,
  proposal: 2,
  contract: 3,
  pay: 4,
  payment: 4,
  agreement: 5,
};

/** Header, progress, the screen, and who the creditor is. A change of screen moves the focus to the new heading. */
export function Shell({ route, children }: { route: Route; children: ComponentChildren }) {
  const { creditor } = useApp();
  const online = useOnline();
  const main = useRef<HTMLElement>(null);
  const step = stepOf[route.screen];
  useFocusOnChange(main, formatRoute(route));
  return (
    <div class={`shell shell--${route.screen}`}>
      <a class="skip" href="#conteudo" onClick={(event) => skip(event, main.current)}>
        Ir para o conteúdo
      </a>
      <Header creditor={creditor} signedIn={step > 1} />
      <Ruler step={step} />
      <div role="status" class="network">
        {!online && (
          <p class="network__text">
            <Icon name="offline" /> Você está sem internet. Nada se perde: continuamos assim que a conexão voltar.
          </p>
        )}
      </div>
      <main id="conteudo" ref={main} class="page">
        {children}
      </main>
      <Footer creditor={creditor} />
    </div>
  );
}

function Header({ creditor, signedIn }: { creditor: PublicCreditor | undefined; signedIn: boolean }) {
  const { client, memory, go } = useApp();
  const leave = async () => {
    await client('/v1/auth/logout', { method: 'POST' });
    memory.drop('signedIn', 'challenge', 'chosen', 'keys', 'codes', 'returnTo', 'entry');
    memory.set('ended', 'left');
    go({ screen: 'identify' });
  };
  return (
    <header class="top">
      <div class="top__in">
        <p class="logo">
          <span class="logo__mark" aria-hidden="true">
            <Icon name="ruler" />
          </span>
          <span class="logo__text">{creditor?.brand.logoText ?? 'Negociação de dívidas'}</span>
        </p>
        {signedIn ? (
          <button type="button" class="top__leave" onClick={leave}>
            Sair
          </button>
        ) : (
          <p class="top__safe">
            <Icon name="lock" /> Ambiente seguro
          </p>
        )}
      </div>
    </header>
  );
}

/** How far the participant has come, drawn as the edge of a ruler. */
function Ruler({ step }: { step: number }) {
  const done = step > steps.length;
  return (
    <nav class={`ruler ruler--${step}`} aria-label="Etapas">
      <div class="ruler__in">
        <p class="ruler__now">{done ? 'Acordo' : `Etapa ${step} de ${steps.length}: ${steps[step - 1]}`}</p>
        <ol class="ruler__steps">
          {steps.map((name, i) => (
            <li key={name} class={i + 1 < step ? 'is-done' : ''} aria-current={i + 1 === step ? 'step' : undefined}>
              {i + 1 < step && <Icon name="check" />}
              {name}
              {i + 1 < step && <span class="sr-only"> (concluída)</span>}
            </li>
          ))}
        </ol>
      </div>
      <div class="ruler__edge" aria-hidden="true">
        <span class="ruler__fill" />
      </div>
    </nav>
  );
}

function Footer({ creditor }: { creditor: PublicCreditor | undefined }) {
  return (
    <footer class="foot">
      <div class="foot__in">
        {creditor && (
          <div>
            <h2 class="foot__name">{creditor.name}</h2>
            <p>CNPJ {creditor.document}</p>
            <ul class="foot__contacts">
              <li>
                <a href={`tel:${creditor.contacts.phone.replace(/[^\d+]/g, '')}`}>{creditor.contacts.phone}</a>
              </li>
              <li>
                <a href={`mailto:${creditor.contacts.email}`}>{creditor.contacts.email}</a>
              </li>
              <li>
                <a href={creditor.contacts.site} target="_blank" rel="noopener noreferrer">
                  {creditor.contacts.site.replace(/^https:\/\//, '')}
                  <span class="sr-only"> (abre em outra aba)</span>
                </a>
              </li>
            </ul>
          </div>
        )}
        <p class="foot__care">
          <Icon name="shield" />
          <span>
            Nunca pedimos senha de banco nem número de cartão. O pagamento é feito no aplicativo do seu banco; antes de confirmar,
            confira o nome de quem recebe.
          </span>
        </p>
      </div>
    </footer>
  );
}

function useFocusOnChange(main: { current: HTMLElement | null }, place: string): void {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    window.scrollTo(0, 0);
    focusHeading(main.current);
  }, [place]);
}

function focusHeading(main: HTMLElement | null): void {
  const heading = main?.querySelector<HTMLElement>('h1');
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

function skip(event: Event, main: HTMLElement | null): void {
  event.preventDefault();
  focusHeading(main);
}
