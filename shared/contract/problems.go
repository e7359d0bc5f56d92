package contract

// Problem is one error that the API can answer: its stable code, its HTTP status, and its title in the participant's language.
type Problem struct {
	Code   string
	Status int
	Title  string
}

// Codes of the problems that the API answers.
const (
	CodeInvalidRequest         = "invalid_request"
	CodeMalformedJSON          = "malformed_json"
	CodeIdempotencyKeyMissing  = "idempotency_key_missing"
	CodeNotAuthenticated       = "not_authenticated"
	CodeSessionExpired         = "session_expired"
	CodeCodeRejected           = "code_rejected"
	CodeSignatureInvalid       = "signature_invalid"
	CodeForbidden              = "forbidden"
	CodeEntryLinkInvalid       = "entry_link_invalid"
	CodeNotFound               = "not_found"
	CodeOfferExpired           = "offer_expired"
	CodeOfferTaken             = "offer_taken"
	CodeDebtsNotOpen           = "debts_not_open"
	CodeContractExpired        = "contract_expired"
	CodeContractChanged        = "contract_changed"
	CodeProposalNotOpen        = "proposal_not_open"
	CodeInstalmentNotPayable   = "instalment_not_payable"
	CodeAgreementEnded         = "agreement_ended"
	CodeTooLate                = "too_late"
	CodeAnsweredOtherwise      = "answered_otherwise"
	CodeIdempotencyInProgress  = "idempotency_in_progress"
	CodeConflict               = "conflict"
	CodeBodyTooLarge           = "body_too_large"
	CodeUnsupportedMediaType   = "unsupported_media_type"
	CodeIdempotencyMismatch    = "idempotency_mismatch"
	CodeMethodNotAvailable     = "method_not_available"
	CodeDealNotOffered         = "deal_not_offered"
	CodeTooManyRequests        = "too_many_requests"
	CodeInternal               = "internal"
	CodeProviderUnavailable    = "provider_unavailable"
	CodeTemporarilyUnavailable = "temporarily_unavailable"
)

// Problems lists every problem that the API can answer.
func Problems() []Problem {
	return []Problem{
		{CodeInvalidRequest, 400, "Há um dado inválido no pedido."},
		{CodeMalformedJSON, 400, "O corpo do pedido não é um JSON válido."},
		{CodeIdempotencyKeyMissing, 400, "Falta o cabeçalho Idempotency-Key."},
		{CodeNotAuthenticated, 401, "Identifique-se para continuar."},
		{CodeSessionExpired, 401, "Sua sessão terminou. Entre de novo para continuar."},
		{CodeCodeRejected, 401, "Código não aceito. Confira os números ou peça um novo código."},
		{CodeSignatureInvalid, 401, "A assinatura da notificação não confere."},
		{CodeForbidden, 403, "Você não tem acesso a este recurso."},
		{CodeEntryLinkInvalid, 404, "Este link não é mais válido. Entre com seu CPF e contrato."},
		{CodeNotFound, 404, "Não encontramos o que você procura."},
		{CodeOfferExpired, 409, "Esta oferta venceu. Veja as ofertas atualizadas."},
		{CodeOfferTaken, 409, "Esta oferta já foi aceita."},
		{CodeDebtsNotOpen, 409, "Uma das dívidas não está mais em aberto."},
		{CodeContractExpired, 409, "O prazo para assinar este contrato terminou. Escolha uma nova oferta."},
		{CodeContractChanged, 409, "O texto do contrato não é o que você leu. Leia de novo antes de assinar."},
		{CodeProposalNotOpen, 409, "Esta proposta não está mais aberta."},
		{CodeInstalmentNotPayable, 409, "Esta parcela não pode ser paga agora."},
		{CodeAgreementEnded, 409, "Este acordo já terminou."},
		{CodeTooLate, 409, "O prazo para isto já passou."},
		{CodeAnsweredOtherwise, 409, "Este pedido já foi respondido de outra forma."},
		{CodeIdempotencyInProgress, 409, "O mesmo pedido ainda está em andamento."},
		{CodeConflict, 409, "Houve outra mudança ao mesmo tempo. Tente de novo."},
		{CodeBodyTooLarge, 413, "O pedido é grande demais."},
		{CodeUnsupportedMediaType, 415, "O corpo do pedido deve ser application/json."},
		{CodeIdempotencyMismatch, 422, "A Idempotency-Key já foi usada com outro pedido."},
		{CodeMethodNotAvailable, 422, "Esta forma de pagamento ainda não está disponível."},
		{CodeDealNotOffered, 422, "O credor não aceita este acordo."},
		{CodeTooManyRequests, 429, "Muitas tentativas. Aguarde um pouco e tente de novo."},
		{CodeInternal, 500, "Algo deu errado do nosso lado. Tente de novo em instantes."},
		{CodeProviderUnavailable, 503, "O banco não respondeu. Tente de novo em instantes."},
		{CodeTemporarilyUnavailable, 503, "Serviço momentaneamente indisponível. Tente de novo em instantes."},
	}
}
