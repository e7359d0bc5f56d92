import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { formatCentavos } from '../format/money';
import { Icon } from './Icon';

/** The heading of a screen; also the title of the page. */
export function Heading({ title, lead }: { title: string; lead?: ComponentChildren | undefined }) {
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <header class="heading">
      <h1>{title}</h1>
      {lead !== undefined && <p class="heading__lead">{lead}</p>}
    </header>
  );
}

/** An amount, with the currency sign set smaller. */
export function Money({ centavos, large = false }: { centavos: number; large?: boolean }) {
  return (
    <span class={large ? 'money money--large' : 'money'}>
      <span class="money__sign">R$</span>
      {'\u00a0'}
      {formatCentavos(centavos)}
    </span>
  );
}

interface ButtonProps {
  children: ComponentChildren;
  onClick?: () => void;
  type?: 'button' | 'submit';
  look?: 'primary' | 'secondary' | 'quiet';
  busy?: boolean;
  busyText?: string;
  disabled?: boolean;
  describedBy?: string;
}

/** A button that tells when it works and takes no second press meanwhile. */
export function Button({
  children,
  onClick,
  type = 'button',
  look = 'primary',
  busy = false,
  busyText,
  disabled,
  describedBy,
}: ButtonProps) {
  return (
    <button
      type={type}
      class={`button button--${look}`}
      onClick={busy ? undefined : onClick}
      aria-disabled={busy || undefined}
      disabled={disabled}
      aria-describedby={describedBy}
    >
      {busy && <span class="button__wheel" aria-hidden="true" />}
      <span>{busy ? (busyText ?? 'Aguarde…') : children}</span>
    </button>
  );
}

interface FieldProps {
  id: string;
  label: string;
  hint?: ComponentChildren;
  error?: string | undefined;
  value: string;
  onInput: (text: string) => void;
  placeholder?: string;
  inputMode?: 'numeric' | 'text';
  autoComplete?: 'off' | 'one-time-code';
  capitals?: boolean;
  maxLength?: number;
  type?: 'text' | 'date';
  optional?: boolean;
}

/** A labelled input with its hint and its error; required unless it says otherwise. */
export function Field({
  id,
  label,
  hint,
  error,
  value,
  onInput,
  placeholder,
  inputMode,
  autoComplete,
  capitals,
  maxLength,
  type = 'text',
  optional = false,
}: FieldProps) {
  const notes = [hint !== undefined ? `${id}-hint` : '', error ? `${id}-error` : ''].filter((note) => note !== '').join(' ');
  return (
    <div class={error ? 'field has-error' : 'field'}>
      <label class="field__label" for={id}>
        {label}
      </label>
      {hint !== undefined && (
        <p class="field__hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <input
        id={id}
        class="field__input"
        type={type as 'text'}
        required={!optional}
        value={value}
        placeholder={placeholder}
        inputMode={inputMode ?? 'text'}
        autoComplete={autoComplete ?? 'off'}
        autoCapitalize={capitals ? 'characters' : 'off'}
        spellcheck={false}
        maxLength={maxLength}
        aria-invalid={error ? true : undefined}
        aria-describedby={notes || undefined}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {error && (
        <p class="field__error" id={`${id}-error`}>
          <Icon name="alert" /> {error}
        </p>
      )}
    </div>
  );
}

type Tone = 'info' | 'good' | 'warn' | 'bad';

/** A message that the page raises by itself. An urgent one is read out at once and takes the focus. */
export function Notice({ tone, title, children }: { tone: Tone; title: string; children?: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (tone === 'bad') box.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <div ref={box} class={`notice notice--${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <Icon name={tone === 'good' ? 'check' : 'alert'} />
      <div class="notice__body">
        <p class="notice__title">{title}</p>
        {children}
      </div>
    </div>
  );
}

/** Grey bars in the place of what is loading. */
export function Skeleton({ lines, label }: { lines: number; label: string }) {
  return (
    <div class="skeleton card" role="status">
      <span class="sr-only">{label}</span>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} class="skeleton__bar" aria-hidden="true" />
      ))}
    </div>
  );
}

/** A fact sheet of terms and values. */
export function Facts({ rows }: { rows: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {rows.map(([term, value]) => (
        <div key={term} class="facts__row">
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
