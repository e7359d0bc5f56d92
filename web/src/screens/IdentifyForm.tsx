import { useRef, useState } from 'preact/hooks';
import type { Failure } from '../api/client';
import type { Challenge, Channel, PublicCreditor } from '../api/wire';
import { useAction, useApp } from '../app';
import { formatCpf, isCpf, onlyDigits } from '../format/taxid';
import { FailureNotice } from '../ui/FailureNotice';
import { Icon } from '../ui/Icon';
import { Button, Field, Notice } from '../ui/parts';

interface Errors {
  document?: string | undefined;
  contract?: string | undefined;
}

/** Asks for CPF and contract and sends the one-time code. It never says whether the two belong together. */
export function IdentifyForm({ creditor }: { creditor: PublicCreditor }) {
  const { client, memory, go } = useApp();
  const [document, setDocument] = useState('');
  const [contract, setContract] = useState('');
  const [channel, setChannel] = useState<Channel>('email');
  const [errors, setErrors] = useState<Errors>({});
  const form = useRef<HTMLFormElement>(null);
  const { busy, failure, run } = useAction();
  const hint = memory.get('hint');
  const masked = hint?.creditor === creditor.id ? hint.contractHint : undefined;

  const send = () => {
    const found = findErrors(document, contract);
    setErrors(found);
    if (found.document ?? found.contract) {
      form.current?.querySelector<HTMLInputElement>(found.document ? '#document' : '#contract')?.focus();
      return;
    }
    const body = { creditor: creditor.id, document: onlyDigits(document, 11), contract: contract.trim(), channel };
    void run(
      () => client<Challenge>('/v1/auth/challenges', { method: 'POST', body }),
      (challenge) => {
        memory.set('challenge', { challenge, resendAt: Date.now() + challenge.resendAfterSeconds * 1000, creditor: creditor.id });
        memory.drop('ended');
        go({ screen: 'code' });
      },
    );
  };

  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <h2 class="card__title">Confirme quem é você</h2>
      <EndedNotice ended={memory.get('ended')} />
      {failure && <FormFailure failure={failure} onRetry={send} />}
      <Field
        id="document"
        label="CPF"
        inputMode="numeric"
        placeholder="000.000.000-00"
        value={document}
        error={errors.document}
        onInput={(text) => setDocument(formatCpf(text))}
      />
      <Field
        id="contract"
        label="Número do contrato"
        hint={masked ? <>Da mensagem que você recebeu: {masked}</> : 'Está na fatura, no boleto ou na mensagem que você recebeu.'}
        capitals
        maxLength={40}
        value={contract}
        error={errors.contract}
        onInput={setContract}
      />
      <ChannelChoice channel={channel} onChange={setChannel} />
      <Button type="submit" busy={busy} busyText="Enviando código…">
        Receber código
      </Button>
      <p class="aside-note">
        <Icon name="lock" /> Usamos seus dados só para encontrar o contrato. O código vai para o contato que a empresa já tem no
        cadastro.
      </p>
    </form>
  );
}

function ChannelChoice({ channel, onChange }: { channel: Channel; onChange: (channel: Channel) => void }) {
  const option = (value: Channel, icon: 'mail' | 'phone', label: string) => (
    <label class={channel === value ? 'choice is-chosen' : 'choice'}>
      <input type="radio" name="channel" value={value} checked={channel === value} onChange={() => onChange(value)} />
      <Icon name={icon} />
      <span>{label}</span>
    </label>
  );
  return (
    <fieldset class="choices">
      <legend class="field__label">Como quer receber o código?</legend>
      <div class="choices__row">
        {option('email', 'mail', 'E-mail')}
        {option('sms', 'phone', 'SMS')}
      </div>
    </fieldset>
  );
}

function EndedNotice({ ended }: { ended: 'expired' | 'left' | undefined }) {
  if (ended === undefined) return null;
  if (ended === 'left') return <Notice tone="good" title="Você saiu com segurança" />;
  return (
    <Notice tone="info" title="Sua sessão terminou">
      <p>Fechamos o acesso para proteger seus dados. Identifique-se de novo e você volta de onde parou.</p>
    </Notice>
  );
}

function FormFailure({ failure, onRetry }: { failure: Failure; onRetry: () => void }) {
  return (
    <FailureNotice
      failure={failure}
      onRetry={failure.kind === 'problem' && failure.problem.status === 400 ? undefined : onRetry}
    />
  );
}

function findErrors(document: string, contract: string): Errors {
  const digits = onlyDigits(document, 11);
  const typed = contract.trim();
  return {
    document:
      digits.length < 11
        ? 'Digite os 11 números do CPF.'
        : isCpf(digits)
          ? undefined
          : 'Este CPF não existe. Confira os números.',
    contract:
      typed === ''
        ? 'Digite o número do contrato.'
        : /^[A-Za-z0-9][A-Za-z0-9./_-]{0,39}$/.test(typed)
          ? undefined
          : 'Use só letras, números, ponto, barra e hífen.',
  };
}
