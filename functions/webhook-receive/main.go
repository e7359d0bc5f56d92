// Command webhook-receive is the Lambda function that takes the notices of payment providers.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.WebhookReceive) }
