// Command debit-exchange is the Lambda function that exchanges files of account debit with banks.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.DebitExchange) }
