import { useEffect, useRef, useState } from 'preact/hooks';
import type { Challenge, Session } from '../api/wire';
import { useAction, useApp } from '../app';
import { formatCountdown } from '../format/date';
import { formatCode, onlyDigits } from '../format/taxid';
import { parseRoute } from '../route';
import { FailureNotice } from '../ui/FailureNotice';
import { Icon } from '../ui/Icon';
import { Button, Field, Heading, Notice } from '../ui/parts';

const length = 8;

/** The second screen: the code that came by e-mail or SMS. */
export function CodeScreen() {
  const { memory, go } = useApp();
  const waiting = memory.get('challenge');
  useEffect(() => {
    if (!waiting) go({ screen: 'identify' }, { replace: true });
  }, []);
  if (!waiting) return <Heading title="Digite o código" />;
  const { channel, destination } = waiting.challenge;
  return (
    <div class="narrow">
      <Heading
        title="Digite o código"
        lead={
          <>
            Se os dados conferem, enviamos um código de 8 números para o {channel === 'email' ? 'e-mail' : 'celular'}{' '}
            <strong class="nowrap">{destination}</strong>
          </>
        }
      />
      <CodeForm />
    </div>
  );
}

function CodeForm() {
  const { client, memory, go } = useApp();
  const [code, setCode] = useState('');
  const [error, setError] = useState<string>();
  const tried = useRef('');
  const { busy, failure, run, clear } = useAction();

  const verify = (digits: string) => {
    if (digits.length < length) {
      setError('O código tem 8 números.');
      return;
    }
    const id = memory.get('challenge')?.challenge.challengeId;
    if (id === undefined) return go({ screen: 'identify' }, { replace: true });
    setError(undefined);
    tried.current = digits;
    void run(
      () => client<Session>(`/v1/auth/challenges/${id}/verify`, { method: 'POST', body: { code: digits } }),
      () => {
        const back = memory.get('returnTo');
        memory.set('signedIn', true);
        memory.drop('challenge', 'returnTo', 'ended', 'hint');
        const route = parseRoute(back ?? '');
        go(route.screen === 'identify' || route.screen === 'code' ? { screen: 'debts' } : route, { replace: true });
      },
    );
  };
  const type = (text: string) => {
    const digits = onlyDigits(text, length);
    setCode(digits);
    setError(undefined);
    if (digits.length === length && digits !== tried.current) verify(digits);
  };

  const rejected = failure?.kind === 'problem' && failure.problem.code === 'code_rejected' ? failure.problem : undefined;
  return (
    <form
      class="card card--raised"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        verify(code);
      }}
    >
      {rejected && (
        <Notice tone="bad" title={rejected.title}>
          {rejected.detail && <p>{rejected.detail}</p>}
        </Notice>
      )}
      {failure && !rejected && <FailureNotice failure={failure} onRetry={() => verify(code)} />}
      <div class="code-field">
        <Field
          id="code"
          label="Código de 8 números"
          inputMode="numeric"
          autoComplete="one-time-code"
          placeholder="0000 0000"
          value={formatCode(code)}
          error={error}
          onInput={type}
        />
      </div>
      <Button type="submit" busy={busy} busyText="Conferindo…">
        Entrar
      </Button>
      <Resend
        onSent={() => {
          clear();
          setCode('');
          tried.current = '';
        }}
      />
    </form>
  );
}

function Resend({ onSent }: { onSent: () => void }) {
  const { client, memory, go } = useApp();
  const { busy, failure, run } = useAction();
  const [seconds, setSeconds] = useState(() => secondsLeft(memory.get('challenge')?.resendAt));
  const [sent, setSent] = useState(false);
  useEffect(() => {
    const timer = setInterval(() => setSeconds(secondsLeft(memory.get('challenge')?.resendAt)), 1000);
    return () => clearInterval(timer);
  }, []);

  const resend = () => {
    const waiting = memory.get('challenge');
    if (!waiting) return go({ screen: 'identify' }, { replace: true });
    setSent(false);
    void run(
      () => client<Challenge>(`/v1/auth/challenges/${waiting.challenge.challengeId}/resend`, { method: 'POST' }),
      (challenge) => {
        memory.set('challenge', { ...waiting, challenge, resendAt: Date.now() + challenge.resendAfterSeconds * 1000 });
        setSeconds(challenge.resendAfterSeconds);
        setSent(true);
        onSent();
      },
    );
  };

  return (
    <div class="resend">
      {failure && <FailureNotice failure={failure} onRetry={resend} />}
      {sent && <Notice tone="good" title="Enviamos um novo código. O anterior não vale mais." />}
      {seconds > 0 ? (
        <p class="resend__wait">
          <Icon name="clock" /> Não chegou? Você pode pedir outro em <span class="tabular">{formatCountdown(seconds)}</span>
        </p>
      ) : (
        <Button look="quiet" onClick={resend} busy={busy} busyText="Enviando…">
          Enviar outro código
        </Button>
      )}
      <Button look="quiet" onClick={() => go({ screen: 'identify' })}>
        Corrigir CPF, contrato ou canal
      </Button>
    </div>
  );
}

function secondsLeft(at: number | undefined): number {
  return at === undefined ? 0 : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}
