// Command creditor-notify is the Lambda function that tells creditors' own systems of events.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.CreditorNotify) }
