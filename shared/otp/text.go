package otp

import (
	"github.com/regua/regua/shared/collection"
)

// Template is the id of the code's message.
const Template = "otp-code"

// Text is a message in the participant's language. Subject is empty where the channel has none.
type Text struct {
	Template string
	Subject  string
	Body     string
}

// render writes the message. The subject, which a locked screen shows, does not hold the code. The short message has no accents of its own,
// which keeps it in one part where the creditor's name has none either.
func render(channel collection.Channel, creditor, code string) Text {
	if channel == collection.ChannelSMS {
		return Text{
			Template: Template,
			Body: creditor + ": seu codigo de acesso e " + code + ". Vale por 5 minutos. " +
				"Nao informe a ninguem, nem a quem ligar em nosso nome.",
		}
	}
	return Text{
		Template: Template,
		Subject:  creditor + ": seu código de acesso",
		Body: "Olá!\n\nSeu código de acesso ao portal de negociação de " + creditor + " é:\n\n" + code + "\n\n" +
			"Ele vale por 5 minutos e só pode ser usado uma vez. Digite-o apenas na página em que você o pediu: ninguém vai " +
			"pedir este código por telefone ou mensagem.\n\nSe não foi você que pediu, ignore esta mensagem. Sem o código, ninguém " +
			"vê os seus dados.\n",
	}
}
