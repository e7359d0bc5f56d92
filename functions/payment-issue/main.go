// Command payment-issue is the Lambda function that issues a payment code that its request could not wait for.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.PaymentIssue) }
