import type { Failure } from '../api/client';
import type { PolicyRule, SimulationRequest } from '../api/wire';
import { parseCentavos } from '../format/money';

/** A deal as the participant types it; every field may be empty. */
export interface Wish {
  instalments: string;
  monthly: string;
  firstDueDate: string;
  income: string;
}

/** What is wrong with a wish, beside its field. */
export type WishErrors = { [field in keyof Wish]?: string | undefined };

/** Reads a wish into a request, or says field by field what cannot be read. */
export function readWish(wish: Wish, debtIds: string[]): { request?: SimulationRequest; errors: WishErrors } {
  const errors: WishErrors = {};
  const request: SimulationRequest = { debtIds };
  if (wish.instalments.trim() === '' && wish.monthly.trim() === '') {
    errors.monthly = 'Diga quanto pode pagar por mês, ou em quantas parcelas.';
  }
  if (wish.instalments.trim() !== '') {
    const instalments = /^[1-9]\d{0,2}$/.test(wish.instalments.trim()) ? Number(wish.instalments) : 0;
    if (instalments < 1 || instalments > 720) errors.instalments = 'Digite um número de parcelas a partir de 1.';
    request.instalments = instalments;
  }
  const amount = (field: 'monthly' | 'income', into: 'monthlyCentavos' | 'monthlyIncomeCentavos') => {
    if (wish[field].trim() === '') return;
    const centavos = parseCentavos(wish[field]);
    if (centavos === undefined || centavos > 1_000_000_000) errors[field] = 'Digite um valor em reais, como 250,00.';
    else request[into] = centavos;
  };
  amount('monthly', 'monthlyCentavos');
  amount('income', 'monthlyIncomeCentavos');
  if (wish.firstDueDate !== '') request.firstDueDate = wish.firstDueDate;
  return Object.values(errors).some(Boolean) ? { errors } : { request, errors };
}

const requestField: Record<string, keyof Wish> = {
  instalments: 'instalments',
  monthlyCentavos: 'monthly',
  firstDueDate: 'firstDueDate',
  monthlyIncomeCentavos: 'income',
};

const ruleField: Partial<Record<PolicyRule, keyof Wish>> = {
  max_instalments: 'instalments',
  minimum_instalment: 'instalments',
  first_due_date: 'firstDueDate',
  existential_minimum: 'income',
};

/** Puts what the API says against a wish beside the field that it is about; empty when it is about none. */
export function fieldErrors(failure: Failure, wish: Wish): WishErrors {
  if (failure.kind !== 'problem') return {};
  const { code, rule, title, detail, errors: told } = failure.problem;
  const errors: WishErrors = {};
  for (const { field, message } of told ?? []) {
    const known = requestField[field];
    if (known) errors[known] = message;
  }
  const about = code === 'deal_not_offered' && rule ? ruleField[rule] : undefined;
  if (about) errors[about === 'instalments' && wish.instalments.trim() === '' ? 'monthly' : about] = detail ?? title;
  return errors;
}
